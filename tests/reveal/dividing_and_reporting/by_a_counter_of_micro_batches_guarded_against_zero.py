import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, n_batches = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        n_batches += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(n_batches)  # scale: m
    reveal_scale(max(n_batches, 1))  # scale: m
    reveal_scale(total / max(1, n_batches))  # scale: ℓ
    reveal_scale(total / n_batches if n_batches else 0.0)  # scale: ℓ
