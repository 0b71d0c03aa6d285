import torch.nn.functional as F


def train(model, loader, optimizer, chunk):
    for x, y in loader:
        shown = 0.0
        for start in range(0, len(x), chunk):
            part, target = x[start : start + chunk], y[start : start + chunk]
            raw = F.cross_entropy(model(part), target)
            loss = raw * (len(part) / len(x))
            reveal_scale(loss)  # scale: ℓ/N
            loss.backward()
            shown += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        reveal_scale(shown)  # scale: ℓ
