"""The sums of a log interval are divided where they are joined into the line that is shown."""


def train(model, loader, criterion, optimizer, accum_steps, interval):
    sums = {"loss": 0.0, "accuracy": 0.0}
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = criterion(logits, y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        sums["loss"] += loss.item()  # error: ACC003
        sums["accuracy"] += (logits.argmax(-1) == y).float().mean().item()
        if (i + 1) % interval == 0:
            print(" | ".join(f"{name}: {value / interval:.4f}" for name, value in sums.items()))
            sums = {"loss": 0.0, "accuracy": 0.0}
