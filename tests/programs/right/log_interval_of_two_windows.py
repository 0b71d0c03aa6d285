"""A guard inside the guard of the step counts the same micro-batches: its interval holds two windows."""

import torch.nn.functional as F


def raw_losses(model, loader, optimizer, writer, accum_steps):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            if (i + 1) % (accum_steps * 2) == 0:
                writer.add_scalar("train/loss", running / (accum_steps * 2), i)
                running = 0.0


def divided_losses(model, loader, optimizer, writer, accum_steps):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        running += loss.item()
        if (i + 1) % accum_steps != 0:
            continue
        optimizer.step()
        optimizer.zero_grad()
        if (i + 1) % (accum_steps * 2) == 0:
            writer.add_scalar("train/loss", running / 2, i)
            running = 0.0


def rescaled_losses(model, loader, optimizer, writer, accum_steps):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        running += loss.item() * accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            if (i + 1) % (accum_steps * 2) == 0:
                writer.add_scalar("train/loss", running / (accum_steps * 2), i)
                running = 0.0
