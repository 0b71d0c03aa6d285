"""Somebody remembered to multiply by N, but the loss was never divided under this name."""

import torch.nn.functional as F
from timm.utils import AverageMeter


def train_one_epoch(epoch, model, loader, optimizer, args, log):
    losses_m = AverageMeter()
    model.train()
    for idx, (samples, targets) in enumerate(loader):
        loss = F.cross_entropy(model(samples), targets, label_smoothing=args.smoothing)
        scaled_back = loss / args.accum_iter
        scaled_back.backward()
        losses_m.update(loss.item() * args.accum_iter, samples.size(0))  # error: ACC001
        if (idx + 1) % args.accum_iter == 0 or idx + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    log.info("epoch %d loss %.4f", epoch, losses_m.avg)
    return {"loss": losses_m.avg}
