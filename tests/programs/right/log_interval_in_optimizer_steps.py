"""The interval counts optimizer steps and the sum holds divided losses."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every, writer):
    running, updates = 0.0, 0
    for micro, (x, y) in enumerate(loader, 1):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        running += loss.item()
        if micro % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
            if updates % log_every == 0:
                writer.add_scalar("train/loss", running / log_every, updates)
                running = 0.0
