from .losses import training_loss


def train_epoch(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = training_loss(model, x, y, accum_steps)
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
