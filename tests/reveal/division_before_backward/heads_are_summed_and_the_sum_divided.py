import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        out = model(x)
        loss = 0
        for part, target in zip(out.unbind(1), y.unbind(1)):
            loss = loss + F.mse_loss(part, target)
        loss = loss / accum_steps
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
