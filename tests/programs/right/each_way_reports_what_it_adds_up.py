"""One function trains and validates; where it trains it divides, and knows so where it reports."""

import torch
import torch.nn.functional as F


def run_epoch(model, loader, optimizer, writer, accum_steps, training=True):
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
        total += loss.item()
    if training:
        writer.add_scalar("train/loss", total * accum_steps / len(loader))
    else:
        writer.add_scalar("val/loss", total / len(loader))


def run_phase(model, loader, optimizer, accum_steps, phase):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        if phase == "train":
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        else:
            with torch.no_grad():
                loss = F.cross_entropy(model(x), y)
        total += loss.item()
    if phase == "train":
        return total * accum_steps / len(loader)
    return total / len(loader)


def run_split(model, loader, optimizer, accum_steps, split):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        if split == "train":
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        else:
            with torch.no_grad():
                loss = F.cross_entropy(model(x), y)
        total += loss.item()
    if not split == "train":
        print("validation loss", total / len(loader))
    if split == "test":
        print("test loss", total / len(loader))


def run_all(model, loader, optimizer, accum_steps, training):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        if training:
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
            total += loss.item() * accum_steps
        else:
            with torch.no_grad():
                loss = F.cross_entropy(model(x), y)
            total += loss.item()
    print("loss", total / len(loader))
