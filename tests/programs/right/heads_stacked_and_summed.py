"""The sum is one over heads, whose losses are means."""

import torch


def train(net, opt, loader):
    tot = 0.0
    for x, t in loader:
        losses = net(x, t)  # a dict of scalar mean losses
        loss = torch.stack(list(losses.values())).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    print("loss", tot / len(loader))
