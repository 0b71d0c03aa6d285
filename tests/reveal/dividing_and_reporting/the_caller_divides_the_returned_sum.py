import torch.nn.functional as F


def run_epoch(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total


def train(model, train_loader, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        reveal_scale(run_epoch(model, train_loader, optimizer, accum_steps) / len(train_loader))  # scale: ℓ
