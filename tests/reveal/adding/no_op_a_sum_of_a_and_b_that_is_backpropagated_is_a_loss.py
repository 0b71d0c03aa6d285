import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y, z) in enumerate(loader):
        first, second = model(x)
        a = F.cross_entropy(first, y)
        b = F.mse_loss(second, z)
        total = a + b
        total = total / accum_steps
        total.backward()
        reveal_scale(a)  # scale: ℓ
        reveal_scale(total)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
