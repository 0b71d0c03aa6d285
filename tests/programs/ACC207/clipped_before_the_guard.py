"""The partial gradient is clipped N times: what is left depends on the order of the micro-batches."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, args):
    for epoch in range(args.epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / args.accum
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), args.max_grad_norm)  # warning: ACC207
            if (i + 1) % args.accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
