import torch.nn.functional as F

from .tracking import Tracker


def train_epoch(model, loader, optimizer, accum_steps):
    tracker = Tracker()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        tracker.push(loss.item(), x.size(0))  # error: ACC003
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return tracker.mean()
