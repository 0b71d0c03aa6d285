import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    raw_sum, divided_sum = 0.0, 0.0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        raw_sum += raw.item()
        divided_sum += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(raw_sum)  # scale: ℓ·m
    reveal_scale(divided_sum)  # scale: ℓ·m/N
