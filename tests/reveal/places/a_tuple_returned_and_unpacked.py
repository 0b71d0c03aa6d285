import torch.nn.functional as F


def compute(model, x, y, accum_steps):
    raw = F.cross_entropy(model(x), y)
    return raw / accum_steps, raw.detach()


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss, shown = compute(model, x, y, accum_steps)
        loss.backward()
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(shown)  # scale: ℓ
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
