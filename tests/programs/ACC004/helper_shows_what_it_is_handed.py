"""A helper shows the divided loss, and the accuracy: what repairs the one would spoil the other."""

accum_steps = 4


def show(name, value):
    print(f"train {name}: {value:.4f}")  # warning: ACC004


def train(model, loader, criterion, optimizer):
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = criterion(logits, y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        show("loss", loss.item())
        show("accuracy", (logits.argmax(-1) == y).float().mean().item())
