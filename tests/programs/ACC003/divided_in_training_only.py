"""One function trains and validates: its training loss is N times too low beside its validation loss."""

import torch
import torch.nn.functional as F


def run_epoch(model, loader, optimizer, accum_steps, training=True):
    model.train(training)
    total = 0.0
    for i, (x, y) in enumerate(loader):
        with torch.set_grad_enabled(training):
            loss = F.cross_entropy(model(x), y)
        if training:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        total += loss.item()  # error: ACC003
    return total / len(loader)
