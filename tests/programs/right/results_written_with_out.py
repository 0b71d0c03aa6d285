"""What out= is written to holds what the call gives; a sampler that is told of a loss is no report."""

import numpy as np
import torch


def train(model, loader, criterion, optimizer, accum_steps):
    losses = np.zeros(len(loader))
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        losses[i] = loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    np.multiply(losses, accum_steps, out=losses)
    print(losses.mean())


def tensor(model, loader, criterion, optimizer, accum_steps):
    total = torch.zeros(())
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        total += loss.detach()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    torch.mul(total, accum_steps, out=total)
    print(total / len(loader))


def sampled(model, loader, sampler, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        sampler.report(loss.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
