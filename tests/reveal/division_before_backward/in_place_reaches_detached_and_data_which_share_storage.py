import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        shown = loss.detach()
        kept = loss.data
        loss /= accum_iter
        loss.backward()
        reveal_scale(shown)  # scale: ℓ/N
        reveal_scale(kept)  # scale: ℓ/N
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
