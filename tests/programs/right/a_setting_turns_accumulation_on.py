"""A setting says whether the loss is divided, and the same setting says how it is shown."""

import torch.nn.functional as F


def train(model, loader, optimizer, args, accum_steps):
    total = rescaled = chosen = 0.0
    steps = len(loader) / accum_steps if args.accumulate else len(loader)
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if args.accumulate:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        else:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
        rescaled += loss.item() * (accum_steps if args.accumulate else 1)
        value = loss.item()
        if args.accumulate:
            value = value * accum_steps
        chosen += value
    print("loss", total / steps, "rescaled loss", rescaled / len(loader), "chosen loss", chosen / len(loader))
