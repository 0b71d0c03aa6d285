"""Inside apex's context the scaled loss is the nearest name, and the wrong one."""

import torch.nn.functional as F
from apex import amp
from timm.utils import AverageMeter


def train(model, loader, optimizer, accumulation_steps, epochs):
    model, optimizer = amp.initialize(model, optimizer, opt_level="O1")
    for epoch in range(epochs):
        losses = AverageMeter()
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            part = loss / accumulation_steps
            with amp.scale_loss(part, optimizer) as scaled_loss:
                scaled_loss.backward()
                losses.update(scaled_loss.item(), x.size(0))  # error: ACC005
            if (i + 1) % accumulation_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: loss {losses.avg:.4f}")
