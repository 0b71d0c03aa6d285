"""The last N of the divided losses are added up and divided by N once more."""


def train(model, loader, criterion, optimizer, accum_steps):
    losses = []
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        losses.append(loss.item())  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", sum(losses[-accum_steps:]) / accum_steps)
    if len(loader) % accum_steps:
        optimizer.step()
        optimizer.zero_grad()
