"""DataParallel gives a loss for each device."""

import torch


def train(net, opt, loader):
    net = torch.nn.DataParallel(net)  # returns one mean loss per GPU
    tot = 0.0
    for x, y in loader:
        opt.zero_grad()
        loss = net(x, y).sum()
        loss.backward()
        opt.step()
        tot += loss.item()
    print("loss", tot / len(loader))
