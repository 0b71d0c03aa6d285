"""The first micro-batch of a window sets the sum back, and what is summed was not divided."""


def train(model, loader, optimizer, criterion, accumulation_steps):
    window_loss = 0.0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accumulation_steps
        loss.backward()
        if i % accumulation_steps == 0:
            window_loss = raw_loss.item()
        else:
            window_loss += raw_loss.item()  # error: ACC001
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("train loss", window_loss)
