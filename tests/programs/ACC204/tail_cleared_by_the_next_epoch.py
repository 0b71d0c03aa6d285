"""What the last, shorter window gathered is thrown away when the next epoch begins."""

import torch.nn.functional as F


def train(model, loader, optimizer, scheduler, epochs, accum_steps):
    for epoch in range(epochs):
        optimizer.zero_grad()
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:  # warning: ACC204
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
