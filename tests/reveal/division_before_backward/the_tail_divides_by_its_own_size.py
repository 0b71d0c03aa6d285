import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    last_full = len(loader) - len(loader) % accum_steps
    tail = len(loader) % accum_steps
    for i, (x, y) in enumerate(loader):
        window = accum_steps if i < last_full else tail
        raw = F.cross_entropy(model(x), y)
        loss = raw / window
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
