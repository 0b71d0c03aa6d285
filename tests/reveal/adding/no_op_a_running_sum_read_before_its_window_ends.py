import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, window = 0.0, 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        window += loss.item()
        total += window * accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            window = 0.0
    reveal_scale(total / len(loader))  # scale: ?
