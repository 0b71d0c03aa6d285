"""A big batch is cut into micro-batches; the losses of a window are divided, and averaged once more."""

import torch


def train(model, loader, criterion, optimizer, accum_parts):
    for x, y in loader:
        optimizer.zero_grad()
        losses = []
        for xs, ys in zip(torch.chunk(x, accum_parts), torch.chunk(y, accum_parts)):
            loss = criterion(model(xs), ys) / accum_parts
            loss.backward()
            losses.append(loss.item())  # error: ACC003
        optimizer.step()
        print("loss", sum(losses) / len(losses))
