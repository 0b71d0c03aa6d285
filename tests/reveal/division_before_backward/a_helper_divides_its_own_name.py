import torch.nn.functional as F


def propagate(loss, accum_steps):
    loss = loss / accum_steps
    loss.backward()


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        propagate(loss, accum_steps)
        reveal_scale(loss)  # scale: ℓ
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
