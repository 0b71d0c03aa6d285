"""Whatever the decay is, the two weights of a moving average sum to one."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, decay=0.9):
    smooth = None
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        value = loss.item()
        smooth = value if smooth is None else decay * smooth + (1 - decay) * value  # error: ACC003
        print(f"step {i} loss {smooth:.4f}")
