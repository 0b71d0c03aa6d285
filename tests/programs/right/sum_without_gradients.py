"""What is added under no_grad has no history, though no item() or detach() is in sight."""

import torch
import torch.nn.functional as F


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(model(x), y)
    return total / len(loader)


def train(model, train_loader, val_loader, optimizer, accum_steps):
    running = torch.zeros(())
    for i, (x, y) in enumerate(train_loader):
        raw = F.cross_entropy(model(x), y)
        with torch.no_grad():
            running += raw
        (raw / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train", (running / len(train_loader)).item(), "val", evaluate(model, val_loader).item())
