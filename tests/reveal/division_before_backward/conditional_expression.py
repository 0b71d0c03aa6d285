import torch.nn.functional as F


def train(model, loader, optimizer, accumulate_every):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accumulate_every if accumulate_every > 1 else raw
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accumulate_every == 0:
            optimizer.step()
            optimizer.zero_grad()
