import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    updates = 0
    for i, (x, y) in enumerate(loader):
        step_now = True
        if (i + 1) % accum_steps != 0 and i + 1 != len(loader):
            step_now = False
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        update(optimizer, step_now=step_now)
        if step_now:
            updates += 1
    reveal_scale(updates)  # scale: m/N


def update(optimizer, step_now):
    if step_now:
        optimizer.step()
        optimizer.zero_grad()
