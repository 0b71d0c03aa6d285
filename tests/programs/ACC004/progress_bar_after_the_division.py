"""The bar shows loss / N."""

import torch.nn.functional as F
from tqdm import tqdm


def train(model, loader, optimizer, scheduler, epochs, accumulation_steps):
    for epoch in range(epochs):
        pbar = tqdm(loader, desc=f"epoch {epoch}")
        for i, (x, y) in enumerate(pbar):
            loss = F.cross_entropy(model(x), y)
            loss = loss / accumulation_steps
            loss.backward()
            if (i + 1) % accumulation_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            pbar.set_postfix(loss=loss.item(), lr=scheduler.get_last_lr()[0])  # error: ACC004
