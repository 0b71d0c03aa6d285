import torch.nn.functional as F


def train(model, loader, optimizer):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / 8
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % 8 == 0:
            optimizer.step()
            optimizer.zero_grad()
