"""A helper says when a window ends; in it N has another name, which means nothing where backward runs."""

import torch.nn.functional as F


class Progress:
    def __init__(self):
        self.done = 0

    def ends_window(self, size):
        self.done += 1
        return self.done % size == 0


def is_last(i, n):
    return (i + 1) % n == 0


def train(model, loader, optimizer, accum_steps):
    progress = Progress()
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if progress.ends_window(accum_steps):
            optimizer.step()
            optimizer.zero_grad()


def fine_tune(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if is_last(i, n=accum_steps):
            optimizer.step()
            optimizer.zero_grad()
