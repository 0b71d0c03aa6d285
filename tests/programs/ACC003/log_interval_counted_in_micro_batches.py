"""Divided losses over an interval of micro-batches."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every):
    running_loss = 0.0
    for i, (x, y) in enumerate(loader, 1):
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(x), y)
        loss = loss * (1.0 / accum_steps)
        loss.backward()
        running_loss += loss.item()  # error: ACC003
        if i % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        if i % log_every == 0:
            print(f"[{i:6d}] loss: {running_loss / log_every:.3f}")
            running_loss = 0.0
