import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_iter).backward()
        reveal_scale(loss)  # scale: ℓ
        total += loss.item()
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
