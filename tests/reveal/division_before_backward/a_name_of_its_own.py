import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        raw_loss = F.cross_entropy(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        reveal_scale(raw_loss)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
