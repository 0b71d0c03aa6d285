"""Weighted right and divided by the samples right; only the loss is not the loss."""

import torch.nn as nn


def train_epoch(net, loader, optimizer, accumulation_steps):
    criterion = nn.CrossEntropyLoss()
    loss_sum, correct = 0.0, 0
    for i, (inputs, labels) in enumerate(loader):
        logits = net(inputs)
        loss = criterion(logits, labels)
        if accumulation_steps > 1:
            loss = loss / accumulation_steps
        loss.backward()
        loss_sum += loss.item() * inputs.size(0)  # error: ACC003
        correct += (logits.argmax(1) == labels).sum().item()
        if (i + 1) % accumulation_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return loss_sum / len(loader.dataset), correct / len(loader.dataset)
