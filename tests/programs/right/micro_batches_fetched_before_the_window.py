"""The micro-batches of a window are fetched first; the sum of its divided losses is a mean."""


def train(model, loader, criterion, optimizer, accum_steps):
    batches = iter(loader)
    for step in range(len(loader) // accum_steps):
        window = [next(batches) for _ in range(accum_steps)]
        step_loss = 0.0
        for x, y in window:
            loss = criterion(model(x), y) / len(window)
            loss.backward()
            step_loss += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        print(step, "loss", step_loss)
