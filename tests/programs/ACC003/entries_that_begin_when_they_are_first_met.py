"""The first loss of each name makes its entry, which is done once, and sets nothing back."""


def train_epoch(model, loader, optimizer, criterion, accumulation_steps):
    totals = {}
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accumulation_steps
        loss.backward()
        for name, value in {"loss": loss.item()}.items():
            if name not in totals:
                totals[name] = 0.0
            totals[name] += value  # error: ACC003
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", totals["loss"] / len(loader))
