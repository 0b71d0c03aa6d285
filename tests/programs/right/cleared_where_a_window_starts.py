"""Gradients are cleared where the counter of the window is zero."""


def train(model, loader, criterion, optimizer, accum_steps):
    in_window = 0
    for x, y in loader:
        if in_window == 0:
            optimizer.zero_grad()
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        in_window += 1
        if in_window == accum_steps:
            optimizer.step()
            in_window = 0
