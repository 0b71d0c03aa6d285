"""The dict holds the divided losses of one window, which are summed, and divided once more."""


def train(model, loader, criterion, optimizer, accum_steps):
    losses = {"loss": []}
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        losses["loss"].append(loss.item())  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", sum(losses["loss"]) / accum_steps)
            losses["loss"] = []
