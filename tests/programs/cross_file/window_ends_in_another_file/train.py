"""The window ends where a helper of another file says so; its names for N are not of this file."""

import torch.nn.functional as F

from .progress import Progress, is_last


def train(model, loader, optimizer):
    progress = Progress(4)
    for x, y in loader:
        optimizer.zero_grad()  # error: ACC203
        loss = F.cross_entropy(model(x), y) / 4
        loss.backward()
        if progress.ends_window():
            optimizer.step()


def fine_tune(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if is_last(i, accum_steps):
            optimizer.step()
            optimizer.zero_grad()
