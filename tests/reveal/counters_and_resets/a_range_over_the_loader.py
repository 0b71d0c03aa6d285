import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    batches, total = iter(loader), 0.0
    for i in range(len(loader)):
        x, y = next(batches)
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
