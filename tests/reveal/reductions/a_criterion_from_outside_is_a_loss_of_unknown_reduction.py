def train(model, criterion, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        raw = criterion(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        reveal_scale(loss / raw)  # scale: 1/N
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader) / raw.item())  # scale: 1/N
