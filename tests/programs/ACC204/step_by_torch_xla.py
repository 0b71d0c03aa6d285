"""torch_xla steps the optimizer."""

import torch_xla.core.xla_model as xm


def train(model, loader, criterion, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        total = 0.0
        optimizer.zero_grad()
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            total += loss.item()  # error: ACC003
            if (i + 1) % accum_steps == 0:  # warning: ACC204
                xm.optimizer_step(optimizer)
                optimizer.zero_grad()
        print(total / len(loader))
