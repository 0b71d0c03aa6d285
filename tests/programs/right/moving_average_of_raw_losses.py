"""A moving average of raw losses is a mean loss."""

import torch.nn.functional as F
from tqdm import tqdm


def train(model, loader, optimizer, accumulate):
    ema = None
    bar = tqdm(loader)
    for i, (x, y) in enumerate(bar):
        loss = F.cross_entropy(model(x), y)
        (loss / accumulate).backward()
        value = loss.item()
        ema = value if ema is None else 0.99 * ema + 0.01 * value
        bar.set_description(f"loss {ema:.4f}")
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
