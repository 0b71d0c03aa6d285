import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        number = loss.item()
        cast = float(loss)
        copy = loss.detach().clone()
        loss /= accum_iter
        loss.backward()
        reveal_scale(number)  # scale: ℓ
        reveal_scale(cast)  # scale: ℓ
        reveal_scale(copy)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
