import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = torch.div(raw, accum_iter)
        loss.backward()
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(raw)  # scale: ℓ
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
