"""Names that are set to zero and assigned in a window: multiplied back, handed on with N, or a last one on purpose."""

import torch.nn.functional as F

from project.display import show


def train_step(model, batches, optimizer, accum_steps):
    total_loss = 0.0
    last_loss = 0.0
    shown_loss = 0.0
    raw_loss = 0.0
    added_loss = 0.0
    optimizer.zero_grad()
    for _ in range(accum_steps):
        x, y = next(batches)
        loss = F.cross_entropy(model(x), y)
        raw_loss = loss.item()
        loss = loss / accum_steps
        last_loss = loss.item()
        shown_loss = loss.item()
        added_loss = added_loss + loss.item()
        total_loss += loss.item()
        loss.backward()
    optimizer.step()
    print("last loss", last_loss * accum_steps)
    show(shown_loss, accum_steps)
    show(raw_loss)
    return total_loss, added_loss
