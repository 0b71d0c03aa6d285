import torch.nn.functional as F


def run_epoch(model, loader, optimizer, accum_steps):
    total, count = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        count += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total, count


def train(model, loader, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        total, count = run_epoch(model, loader, optimizer, accum_steps)
        reveal_scale(total / count)  # scale: ℓ/N
