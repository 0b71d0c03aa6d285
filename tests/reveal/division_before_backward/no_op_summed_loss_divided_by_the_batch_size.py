import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        summed = F.cross_entropy(model(x), y, reduction="sum")
        reveal_scale(summed)  # scale: ℓ·b
        loss = summed / x.size(0)
        reveal_scale(loss)  # scale: ℓ
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
