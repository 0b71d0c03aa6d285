import torch.nn.functional as F


def propagate(loss, accum_steps):
    loss = loss / accum_steps
    loss.backward()
    return loss.detach()


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = propagate(raw, accum_steps)
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
