"""The first micro-batch of a window sets the sum back, in an expression or in a statement."""


def train(model, loader, optimizer, criterion, accumulation_steps):
    total = shown = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accumulation_steps
        loss.backward()
        total = loss.item() if i % accumulation_steps == 0 else total + loss.item()
        if i % accumulation_steps == 0:
            shown = loss.item()
        else:
            shown += loss.item()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("train loss", total)
            print("train loss", shown)
