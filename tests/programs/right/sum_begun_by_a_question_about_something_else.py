"""Whether there is a mask says nothing of the sum: without one it is the last loss that is shown."""


def train(model, loader, optimizer, criterion, accumulation_steps, mask=None):
    shown = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accumulation_steps).backward()
        if mask is None:
            shown = loss.item()
        else:
            shown += loss.item()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss of the last micro-batch", shown)
            shown = 0.0
