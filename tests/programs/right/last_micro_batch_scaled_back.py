"""nanoGPT's way: the last micro-batch of the step, multiplied by N before it is shown."""

import torch
import torch.nn.functional as F
from contextlib import nullcontext


def main(model, get_batch, optimizer, get_lr, max_iters, gradient_accumulation_steps, log_interval, grad_clip):
    ctx = nullcontext()
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    X, Y = get_batch("train")
    iter_num = 0
    while True:
        for group in optimizer.param_groups:
            group["lr"] = get_lr(iter_num)
        for micro_step in range(gradient_accumulation_steps):
            with ctx:
                logits = model(X)
                loss = F.cross_entropy(logits.view(-1, logits.size(-1)), Y.view(-1))
                loss = loss / gradient_accumulation_steps
            X, Y = get_batch("train")
            scaler.scale(loss).backward()
        if grad_clip != 0.0:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        if iter_num % log_interval == 0:
            lossf = loss.item() * gradient_accumulation_steps
            print(f"iter {iter_num}: loss {lossf:.4f}")
        iter_num += 1
        if iter_num > max_iters:
            break
