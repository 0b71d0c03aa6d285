"""A loss that sums over the batch belongs to the number of samples."""

import torch
import torch.nn.functional as F


def train(vae, loader, optimizer, epoch):
    train_loss = 0.0
    for data, _ in loader:
        optimizer.zero_grad()
        reconstruction, mu, logvar = vae(data)
        bce = F.binary_cross_entropy(reconstruction, data.view(-1, 784), reduction="sum")
        kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = bce + kld
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print(f"====> Epoch: {epoch} Average loss: {train_loss / len(loader.dataset):.4f}")
