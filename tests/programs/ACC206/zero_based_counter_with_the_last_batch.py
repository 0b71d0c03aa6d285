"""The counter is raised behind the guard: the first window is short, while the last batch is always stepped."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        done = 0
        for x, y in loader:
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if done % accum_steps == 0 or done + 1 == len(loader):  # warning: ACC206
                optimizer.step()
                optimizer.zero_grad()
            done += 1
