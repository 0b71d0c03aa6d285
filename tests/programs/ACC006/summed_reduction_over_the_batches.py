"""A loss that sums over the batch, averaged over batches: it grows with the batch size."""

import torch
import torch.nn.functional as F


def loss_function(reconstruction, x, mu, logvar):
    bce = F.binary_cross_entropy(reconstruction, x.view(-1, 784), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


def train(vae, train_loader, optimizer, epochs):
    for epoch in range(epochs):
        train_loss = 0.0
        for data, _ in train_loader:
            optimizer.zero_grad()
            reconstruction, mu, logvar = vae(data)
            loss = loss_function(reconstruction, data, mu, logvar)
            loss.backward()
            train_loss += loss.item()  # error: ACC006
            optimizer.step()
        average = train_loss / len(train_loader)
        print(f"====> Epoch: {epoch} Average loss: {average:.4f}")
