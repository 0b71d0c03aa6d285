import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        start, end = model(x)
        loss = (F.cross_entropy(start, y[0]) + F.cross_entropy(end, y[1])) / 2
        reveal_scale(loss)  # scale: ℓ
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
