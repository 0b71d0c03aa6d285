"""Divided inside the backward call only: the name stays raw, and raw over micro-batches is right."""

import torch.nn.functional as F


def train(model, loader, optimizer, scheduler, epochs, grad_accum):
    for epoch in range(epochs):
        total_loss = 0.0
        for i, (wave, label) in enumerate(loader):
            loss = F.cross_entropy(model(wave), label)
            (loss / grad_accum).backward()
            total_loss += loss.item()
            if (i + 1) % grad_accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
        print(f"epoch {epoch + 1}: {total_loss / len(loader):.4f}")
