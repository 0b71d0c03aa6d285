"""Tasks are weighted by what the model thinks of them."""

import torch
import torch.nn.functional as F


def train(net, opt, loader, log_vars):
    tot = 0.0
    for x, ys in loader:
        parts = torch.stack([F.cross_entropy(o, y) for o, y in zip(net(x), ys)])
        loss = (parts * torch.exp(-log_vars) + log_vars).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    print("loss", tot / len(loader))
