import torch
import torch.nn.functional as F


def train(model, loader, val_loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    with torch.no_grad():
        for x, y in val_loader:
            val_loss = F.cross_entropy(model(x), y)
            reveal_scale(val_loss)  # scale: ?
