import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    updates = 0
    for i, (x, y) in enumerate(loader):
        is_last = i == len(loader) - 1
        update_now = is_last or (i + 1) % accum_steps == 0
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if update_now:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    reveal_scale(loss)  # scale: ℓ/N
    reveal_scale(updates)  # scale: m/N
