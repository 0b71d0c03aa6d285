"""The counter of the window is taken modulo N, and the step waits for zero."""


def train(model, loader, criterion, optimizer, accum_window):
    total, filled = 0.0, 0
    for x, y in loader:
        loss = criterion(model(x), y) / accum_window
        loss.backward()
        total += loss.item()  # error: ACC003
        filled = (filled + 1) % accum_window
        if filled == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("loss", total / len(loader))
