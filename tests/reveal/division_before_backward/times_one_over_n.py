import torch.nn.functional as F


def train(model, loader, optimizer, grad_accum):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw * (1 / grad_accum)
        loss.backward()
        reveal_scale(loss)  # scale: ℓ/N
        other = 1.0 / grad_accum * raw
        reveal_scale(other)  # scale: ℓ/N
        if (i + 1) % grad_accum == 0:
            optimizer.step()
            optimizer.zero_grad()
