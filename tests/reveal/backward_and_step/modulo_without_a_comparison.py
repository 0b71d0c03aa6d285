import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    updates = 0
    for i, (x, y) in enumerate(loader, 1):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if not i % accum_steps:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    reveal_scale(updates)  # scale: m/N
