"""The sum is saved to go on with it, and divided by its count where it is shown."""

import torch


def train(model, loader, criterion, optimizer, accum_steps, path):
    total, seen = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        total += loss.item()
        seen += 1
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            torch.save({"model": model.state_dict(), "total_loss": total, "seen": seen}, path)
    print(f"loss {total / seen:.4f}")
