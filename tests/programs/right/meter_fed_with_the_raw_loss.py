"""A meter may be fed with the raw loss after the backward: it carries its own divisor."""

import torch
import torch.nn.functional as F
from timm.utils import AverageMeter


def train_one_epoch(model, loader, optimizer, lr_scheduler, args):
    losses_m = AverageMeter()
    num_updates = 0
    for batch_idx, (x, y) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = F.cross_entropy(model(x), y)
        (loss / args.grad_accum_steps).backward()
        losses_m.update(loss.item(), x.size(0))
        if (batch_idx + 1) % args.grad_accum_steps == 0 or batch_idx + 1 == len(loader):
            torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip_grad)
            optimizer.step()
            optimizer.zero_grad()
            num_updates += 1
            lr_scheduler.step_update(num_updates=num_updates, metric=losses_m.avg)
    return {"loss": losses_m.avg}
