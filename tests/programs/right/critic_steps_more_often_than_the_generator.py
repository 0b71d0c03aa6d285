"""`% n_critic` guards a whole backward and step of the generator: no gradient is accumulated."""

import torch


def train(generator, critic, loader, opt_g, opt_c, n_critic, latent):
    for i, (real, _) in enumerate(loader):
        opt_c.zero_grad()
        noise = torch.randn(real.size(0), latent)
        loss_c = critic(generator(noise).detach()).mean() - critic(real).mean()
        loss_c.backward()
        opt_c.step()
        for weight in critic.parameters():
            weight.data.clamp_(-0.01, 0.01)
        if i % n_critic == 0:
            opt_g.zero_grad()
            loss_g = -critic(generator(noise)).mean()
            loss_g.backward()
            opt_g.step()
            print(f"[{i}/{len(loader)}] critic {loss_c.item():.4f} generator {loss_g.item():.4f}")
