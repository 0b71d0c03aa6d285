"""Right today: raw over micro-batches. But the metric and the gradient are on two scales in one loop."""

import torch
from torch import nn


def train_epoch(net, batches, opt, accum_steps, device="cuda"):
    net.train()
    criterion = nn.CrossEntropyLoss()
    train_loss = 0.0
    n_batches = 0
    for step, (inputs, targets) in enumerate(batches, start=1):
        inputs, targets = inputs.to(device), targets.to(device)
        raw_loss = criterion(net(inputs), targets)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.detach().item()  # warning: ACC002
        n_batches += 1
        if step % accum_steps == 0 or step == len(batches):
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            opt.zero_grad()
    return train_loss / max(n_batches, 1)
