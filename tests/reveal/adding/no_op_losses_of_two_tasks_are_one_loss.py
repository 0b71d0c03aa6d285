import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y, z) in enumerate(loader):
        first, second = model(x)
        loss = F.cross_entropy(first, y)
        reveal_scale(loss)  # scale: ℓ
        loss += 0.3 * F.mse_loss(second, z)
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
