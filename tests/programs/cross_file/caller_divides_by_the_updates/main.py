import torch

from .data import loaders
from .engine import train_one_epoch
from .models import Net


def main(epochs=3, accum_steps=4):
    train_loader, _ = loaders()
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters())
    for epoch in range(epochs):
        train_loss, n_updates = train_one_epoch(model, train_loader, optimizer, accum_steps)
        print(f"epoch {epoch}: {train_loss / n_updates:.4f}")
