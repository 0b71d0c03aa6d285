"""Progress so far and the mean of the epoch: two divisors, both right."""

import torch.nn.functional as F
from tqdm import tqdm


def train_epoch(model, loader, optimizer, accum_steps):
    total = 0.0
    bar = tqdm(enumerate(loader), total=len(loader))
    for i, (x, y) in bar:
        loss = F.cross_entropy(model(x), y)
        total += loss.item()
        loss = loss / accum_steps
        loss.backward()
        bar.set_postfix(loss=total / (i + 1))
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
