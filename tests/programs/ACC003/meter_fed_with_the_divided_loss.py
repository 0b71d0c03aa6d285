"""The meter shows no division, so nobody notices that it averages loss / N."""

import time

import torch
from timm.utils import AverageMeter


def train_one_epoch(model, loader, optimizer, loss_fn, args, lr_scheduler=None, loss_scaler=None):
    batch_time, losses = AverageMeter(), AverageMeter()
    model.train()
    end = time.time()
    for batch_idx, (input, target) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = loss_fn(model(input), target)
        loss = loss / args.grad_accum_steps
        update_grad = (batch_idx + 1) % args.grad_accum_steps == 0 or batch_idx == len(loader) - 1
        loss_scaler(loss, optimizer, parameters=model.parameters(), update_grad=update_grad)
        losses.update(loss.item(), input.size(0))  # error: ACC003
        if update_grad:
            optimizer.zero_grad()
        batch_time.update(time.time() - end)
        end = time.time()
    return {"loss": losses.avg, "time": batch_time.avg}
