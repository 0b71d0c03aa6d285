import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    sums = {}
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        sums["loss"] = sums.get("loss", 0.0) + loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(sums["loss"])  # scale: ℓ·m/N
