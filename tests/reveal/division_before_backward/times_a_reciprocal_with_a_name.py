import torch.nn.functional as F


def train(model, loader, optimizer, accumulation_steps):
    inverse = 1.0 / accumulation_steps
    reveal_scale(inverse)  # scale: 1/N
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw * inverse
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
