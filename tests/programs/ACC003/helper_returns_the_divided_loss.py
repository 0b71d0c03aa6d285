"""The division happens in the step function, the averaging in the loop that calls it."""

import torch.nn.functional as F


def forward_backward(model, batch, gas):
    logits = model(batch["x"])
    loss = F.cross_entropy(logits, batch["y"]) / gas
    loss.backward()
    return loss.item()


def train_epoch(model, loader, optimizer, gas):
    running = 0.0
    for k, batch in enumerate(loader, 1):
        running += forward_backward(model, batch, gas)  # error: ACC003
        if k % gas == 0 or k == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return running / len(loader)
