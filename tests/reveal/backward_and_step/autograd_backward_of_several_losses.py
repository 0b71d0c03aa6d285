import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y, z) in enumerate(loader):
        first, second = model(x)
        a = F.cross_entropy(first, y) / accum_steps
        b = F.mse_loss(second, z) / accum_steps
        torch.autograd.backward([a, b])
        reveal_scale(a)  # scale: ℓ/N
        reveal_scale(b)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
