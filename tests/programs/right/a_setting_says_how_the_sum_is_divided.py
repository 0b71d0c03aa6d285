"""Where a setting turns accumulation off there are as many steps as micro-batches, and either may divide."""

import torch.nn.functional as F


def train(model, loader, optimizer, args, accum_steps):
    total, steps = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.mse_loss(model(x), y)
        if args.accumulate:
            loss = loss / accum_steps
        loss.backward()
        total += loss.item()
        if not args.accumulate or (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    if args.accumulate:
        print("loss", total / steps)
    else:
        print("loss", total / len(loader))
    if args.accumulate:
        return total / steps
    return total / len(loader)
