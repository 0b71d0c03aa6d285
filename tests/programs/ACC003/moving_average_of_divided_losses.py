"""A moving average is a mean of what it is fed."""

import torch.nn.functional as F


def train(model, get_batch, optimizer, max_steps, accumulate):
    smoothed = None
    step = 0
    while step < max_steps:
        for micro in range(accumulate):
            x, y = get_batch()
            loss = F.mse_loss(model(x), y)
            loss = loss / accumulate
            loss.backward()
            value = loss.item()
            smoothed = value if smoothed is None else 0.98 * smoothed + 0.02 * value  # error: ACC003
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 100 == 0:
            print(f"step {step} smoothed loss {smoothed:.4f}")
