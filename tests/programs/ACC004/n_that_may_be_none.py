"""Without N nothing is accumulated and the number is right; with it the number is N times too low."""

import torch.nn.functional as F


def train(model, loader, optimizer, progress, accum_steps=None):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if accum_steps is not None:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        else:
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        progress.set_postfix(loss=loss.item())  # error: ACC004
