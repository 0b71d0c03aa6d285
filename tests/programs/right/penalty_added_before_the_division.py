"""A penalty is added to the loss of each micro-batch; nothing is summed over them, and the last one is shown raw."""

import torch.nn.functional as F


def train(model, batches, optimizer, writer, max_steps, accum_steps):
    for step in range(max_steps):
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = F.mse_loss(model(x), y)
            loss = loss + 0.1 * model.weight.square().sum()
            loss = loss / accum_steps
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        writer.add_scalar("train/loss", loss.item() * accum_steps, step)
