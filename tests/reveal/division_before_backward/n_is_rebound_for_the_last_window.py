import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    remainder = len(loader) % accum_iter
    window = accum_iter
    for i, (x, y) in enumerate(loader):
        if i >= len(loader) - remainder:
            window = remainder
        raw = F.cross_entropy(model(x), y)
        loss = raw / window
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_iter == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
