"""Four ways to have no history: a decorator, a mode, a context, a switch."""

import torch
import torch.nn.functional as F


@torch.inference_mode()
def by_decorator(model, loader):
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(model(x), y)
    return total / len(loader)


def by_context(model, loader):
    losses = []
    with torch.inference_mode():
        for x, y in loader:
            losses.append(F.cross_entropy(model(x), y))
    return torch.stack(losses).mean()


def run_phase(model, loader, optimizer, training):
    total = 0.0
    for x, y in loader:
        with torch.set_grad_enabled(training):
            loss = F.cross_entropy(model(x), y)
        if training:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(loader)


def by_switch(model, loader):
    torch.set_grad_enabled(False)
    total = 0.0
    for x, y in loader:
        total = total + F.cross_entropy(model(x), y)
    torch.set_grad_enabled(True)
    return total / len(loader)


def fit(model, train_loader, loader, optimizer, epochs):
    for epoch in range(epochs):
        print(epoch, run_phase(model, train_loader, optimizer, training=True))
        print(by_decorator(model, loader), by_context(model, loader), by_switch(model, loader))
