"""One loop shows all metrics, the divided loss and the accuracy: what repairs the one would spoil the other."""


def train(model, loader, criterion, optimizer, writer, accum_steps):
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = criterion(logits, y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        metrics = {"loss": loss.item(), "accuracy": (logits.argmax(-1) == y).float().mean().item()}
        for name, value in metrics.items():
            print(name, value)  # warning: ACC004
        print(" | ".join(f"train/{name}: {value:.4f}" for name, value in metrics.items()))  # error: ACC004
