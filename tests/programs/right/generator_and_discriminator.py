"""Two optimizers that step in turn are not a window."""

import torch
from torch import nn


def train(generator, discriminator, loader, opt_g, opt_d, epochs, latent, device):
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        sum_d, sum_g = 0.0, 0.0
        for real, _ in loader:
            real = real.to(device)
            ones = torch.ones(real.size(0), 1, device=device)
            fake = generator(torch.randn(real.size(0), latent, device=device))

            opt_d.zero_grad()
            loss_d = (bce(discriminator(real), ones) + bce(discriminator(fake.detach()), 1 - ones)) / 2
            loss_d.backward()
            opt_d.step()

            opt_g.zero_grad()
            loss_g = bce(discriminator(fake), ones)
            loss_g.backward()
            opt_g.step()

            sum_d += loss_d.item()
            sum_g += loss_g.item()
        print(f"{epoch}: D {sum_d / len(loader):.3f} G {sum_g / len(loader):.3f}")
