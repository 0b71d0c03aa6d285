import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = torch.zeros(1)
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total.add_(loss.detach())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·m/N
