import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        raw = loss
        reveal_scale(raw)  # scale: ℓ
        loss /= accum_iter
        loss.backward()
        reveal_scale(raw)  # scale: ℓ/N
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
