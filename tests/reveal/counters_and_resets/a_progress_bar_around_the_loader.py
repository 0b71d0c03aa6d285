import torch.nn.functional as F
from tqdm import tqdm


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    bar = tqdm(loader, desc="train")
    for i, (x, y) in enumerate(bar):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(bar))  # scale: ℓ
    reveal_scale(total / len(loader))  # scale: ℓ
