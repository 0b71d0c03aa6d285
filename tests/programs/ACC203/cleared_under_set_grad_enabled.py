"""Gradients are switched on for training, and that keeps none of them."""

import torch


def train(model, loader, criterion, optimizer, accum_steps, training):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()  # error: ACC203
        with torch.set_grad_enabled(training):
            loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
