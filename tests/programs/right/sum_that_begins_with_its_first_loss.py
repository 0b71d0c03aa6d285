"""The divided losses of a window add up to its mean, whatever statement begins the sum."""


def train(model, loader, optimizer, criterion, accumulation_steps):
    window_loss = None
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accumulation_steps
        loss.backward()
        if window_loss is not None:
            window_loss += loss.item()
        else:
            window_loss = loss.item()
        if i == 0:
            total = loss.item()
        else:
            total += loss.item()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss of the step", window_loss)
            window_loss = None
    print("train loss", total / (len(loader) // accumulation_steps))
