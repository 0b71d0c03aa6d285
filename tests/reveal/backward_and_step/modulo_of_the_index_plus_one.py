import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    reveal_scale(i + 1)  # scale: m
    reveal_scale(updates)  # scale: m/N
