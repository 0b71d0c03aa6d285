"""There is no zero: the first undivided loss of a window begins the sum, and both statements have to change."""


def train(model, loader, optimizer, criterion, accumulation_steps):
    window_loss = None
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accumulation_steps
        loss.backward()
        if window_loss is None:
            window_loss = raw_loss.detach()
        else:
            window_loss = window_loss + raw_loss.detach()  # error: ACC001
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("train loss", window_loss.item())
            window_loss = None
