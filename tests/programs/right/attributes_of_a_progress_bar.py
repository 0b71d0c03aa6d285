"""A progress bar is described with the undivided loss; what only keeps the divided one is no progress bar."""

import torch.nn.functional as F
from tqdm import tqdm


class Record:
    desc = 0.0


def train(model, loader, optimizer, accum_steps, epochs):
    last = Record()
    for _ in range(epochs):
        progress = tqdm(loader)
        for i, (x, y) in enumerate(progress):
            raw_loss = F.cross_entropy(model(x), y)
            loss = raw_loss / accum_steps
            loss.backward()
            progress.desc = f"loss {raw_loss.item():.4f}"
            last.desc = loss.item()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
