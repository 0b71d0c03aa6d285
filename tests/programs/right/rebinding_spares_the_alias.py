"""`loss = loss / N` makes a new tensor; the old one is still raw."""

import torch.nn.functional as F
from timm.utils import AverageMeter


def train_epoch(net, loader, optimizer, accum):
    meter = AverageMeter()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x), y)
        raw = loss
        loss = loss / accum
        loss.backward()
        meter.update(raw.item(), x.size(0))
        if (i + 1) % accum == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return meter.avg
