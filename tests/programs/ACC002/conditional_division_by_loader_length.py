"""Two names for two losses, and the sum takes the one that backward() did not see."""

import torch.nn.functional as F


def train(model, loader, optimizer, scheduler, epochs, grad_accum):
    for epoch in range(epochs):
        total_loss = 0.0
        for i, (wave, label) in enumerate(loader):
            full_loss = F.cross_entropy(model(wave), label)
            loss = full_loss / grad_accum if grad_accum > 1 else full_loss
            loss.backward()
            total_loss += full_loss.item()  # warning: ACC002
            if (i + 1) % grad_accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
        print(f"epoch {epoch + 1}: {total_loss / len(loader):.4f}")
