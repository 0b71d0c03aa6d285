"""The micro-batches of a window are fetched first; the raw losses of one window are shown without a divisor."""


def train(model, loader, criterion, optimizer, accum_steps):
    batches = iter(loader)
    for step in range(len(loader) // accum_steps):
        window = [next(batches) for _ in range(accum_steps)]
        step_loss = 0.0
        for x, y in window:
            loss = criterion(model(x), y)
            (loss / accum_steps).backward()
            step_loss += loss.item()  # error: ACC001
        optimizer.step()
        optimizer.zero_grad()
        print(step, "loss", step_loss)
