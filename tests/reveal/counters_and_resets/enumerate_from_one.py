import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for step, (x, y) in enumerate(loader, 1):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        reveal_scale(total / step)  # scale: ℓ/N
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
