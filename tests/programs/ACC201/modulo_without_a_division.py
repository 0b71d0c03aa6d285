"""The gradient is the sum over the window: N times what the learning rate was made for."""

import torch.nn.functional as F


def train(model, loader, optimizer, args):
    for epoch in range(args.epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            loss.backward()  # warning: ACC201
            if (i + 1) % args.gradient_accumulation_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
            if i % 50 == 0:
                print(f"{epoch}/{i} loss {loss.item():.4f}")
