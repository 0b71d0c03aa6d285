"""The value is taken one line too late."""

import math
import sys

import torch
import util.misc as misc


def train_one_epoch(model, data_loader, optimizer, device, epoch, loss_scaler, log_writer=None, args=None):
    metric_logger = misc.MetricLogger(delimiter="  ")
    metric_logger.add_meter("lr", misc.SmoothedValue(window_size=1, fmt="{value:.6f}"))
    accum_iter = args.accum_iter
    for step, (samples, _) in enumerate(metric_logger.log_every(data_loader, 20, f"Epoch: [{epoch}]")):
        samples = samples.to(device, non_blocking=True)
        with torch.cuda.amp.autocast():
            loss, _, _ = model(samples, mask_ratio=args.mask_ratio)
        loss = loss / accum_iter
        loss_value = loss.item()
        if not math.isfinite(loss_value):
            sys.exit(1)
        update_grad = (step + 1) % accum_iter == 0 or (step + 1) == len(data_loader)
        loss_scaler(loss, optimizer, parameters=model.parameters(), update_grad=update_grad)
        if update_grad:
            optimizer.zero_grad()
        metric_logger.update(loss=loss_value)  # error: ACC003
        metric_logger.update(lr=optimizer.param_groups[0]["lr"])
    metric_logger.synchronize_between_processes()
    return {k: meter.global_avg for k, meter in metric_logger.meters.items()}
