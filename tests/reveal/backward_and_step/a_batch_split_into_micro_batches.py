import torch.nn.functional as F


def train(model, loader, optimizer, batch_split):
    for x, y in loader:
        shown = 0.0
        for part, target in zip(x.chunk(batch_split), y.chunk(batch_split)):
            raw = F.cross_entropy(model(part), target)
            loss = raw / batch_split
            loss.backward()
            shown += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(shown)  # scale: ℓ
