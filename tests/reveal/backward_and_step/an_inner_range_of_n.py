import torch.nn.functional as F


def train(model, batches, optimizer, steps, accum_steps):
    total = 0.0
    for step in range(steps):
        for micro in range(accum_steps):
            x, y = next(batches)
            raw = F.cross_entropy(model(x), y)
            loss = raw / accum_steps
            loss.backward()
            total += raw.item()
        optimizer.step()
        optimizer.zero_grad()
    reveal_scale(loss)  # scale: ℓ/N
    reveal_scale(step + 1)  # scale: m/N
    reveal_scale(steps)  # scale: m/N
    reveal_scale(total)  # scale: ℓ·m
    reveal_scale(total / (steps * accum_steps))  # scale: ℓ
