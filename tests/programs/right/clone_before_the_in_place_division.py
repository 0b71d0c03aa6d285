"""A clone has storage of its own, out of reach of the in-place division."""

import torch.nn.functional as F
from timm.utils import AverageMeter


def train_epoch(net, loader, optimizer, accum):
    meter = AverageMeter()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x), y)
        shown = loss.detach().clone()
        loss /= accum
        loss.backward()
        meter.update(shown.item(), x.size(0))
        if (i + 1) % accum == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return meter.avg
