"""A schedule that is told where training stands does not move by being called."""

import torch.nn.functional as F


def train(model, loader, optimizer, lr_scheduler, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            lr_scheduler.step(cur_epoch=epoch, cur_step=i)
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
