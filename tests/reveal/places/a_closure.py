import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0

    def micro_step(x, y):
        nonlocal total
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()

    for i, (x, y) in enumerate(loader):
        micro_step(x, y)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ/N
