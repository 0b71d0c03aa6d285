import torch.nn.functional as F


def train(model, loader, optimizer):
    total, updates = 0.0, 0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        updates += 1
        total += loss.item()
    reveal_scale(loss)  # scale: ℓ
    reveal_scale(updates)  # scale: m
    reveal_scale(total / updates)  # scale: ℓ
