import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = None
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total = loss.detach() if total is None else total + loss.detach()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·m/N
