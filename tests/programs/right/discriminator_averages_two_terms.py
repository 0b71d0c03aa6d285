"""The discriminator steps at every batch and halves a sum of two terms; the generator steps at every second batch."""

import torch
import torch.nn.functional as F


def train(generator, discriminator, loader, opt_g, opt_d, writer, latent):
    for i, (real, _) in enumerate(loader):
        fake = generator(torch.randn(real.size(0), latent))
        judged_real, judged_fake = discriminator(real), discriminator(fake.detach())
        loss_d = (
            F.binary_cross_entropy_with_logits(judged_real, torch.ones_like(judged_real))
            + F.binary_cross_entropy_with_logits(judged_fake, torch.zeros_like(judged_fake))
        ) / 2
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        if i % 2 == 0:
            judged = discriminator(fake)
            loss_g = F.binary_cross_entropy_with_logits(judged, torch.ones_like(judged))
            opt_g.zero_grad()
            loss_g.backward()
            opt_g.step()
        writer.add_scalar("loss/discriminator", loss_d.item(), i)
