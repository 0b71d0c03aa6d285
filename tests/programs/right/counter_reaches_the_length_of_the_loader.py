"""A counter raised by hand reaches the length of the loader, so the last window is stepped."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        seen, total = 0, 0.0
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            total += loss.item()
            (loss / accum_steps).backward()
            seen += 1
            if seen % accum_steps == 0 or seen == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: {total / seen:.4f}")
