import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    window = torch.zeros(())
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        window += raw.detach()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(window)  # scale: ℓ·N
            window.fill_(0)
