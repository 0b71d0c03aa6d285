import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        reveal_scale(loss.cpu())  # scale: ℓ/N
        reveal_scale(loss.float())  # scale: ℓ/N
        reveal_scale(loss.clone())  # scale: ℓ/N
        reveal_scale(loss.mean())  # scale: ℓ/N
        reveal_scale(loss.detach().to("cpu", non_blocking=True))  # scale: ℓ/N
        reveal_scale(round(loss.item(), 4))  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
