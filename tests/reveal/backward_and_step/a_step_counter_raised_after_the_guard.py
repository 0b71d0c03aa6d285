import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    step, updates = 1, 0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
        step += 1
    reveal_scale(step)  # scale: m
    reveal_scale(updates)  # scale: m/N
