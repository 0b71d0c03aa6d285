"""The raw losses of a window over their number is its mean."""


def train(model, loader, criterion, optimizer, accum_steps):
    total, seen = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        seen += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print(f"loss {total / seen:.4f}")
            total, seen = 0.0, 0
