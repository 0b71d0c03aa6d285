"""Divided losses over an interval of micro-batches; ``x -= x`` sets the sum back."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, logging_steps, accum_steps):
    tr_loss = torch.tensor(0.0)
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        tr_loss += loss.detach()  # error: ACC003
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        if (step + 1) % logging_steps == 0:
            print("loss", tr_loss.item() / logging_steps)
            tr_loss -= tr_loss
