"""An infinite limit measures the norm and clips nothing."""

import torch


def train(net, opt, crit, loader, accum_steps):
    for i, (x, y) in enumerate(loader):
        (crit(net(x), y) / accum_steps).backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), float("inf"))
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            print("norm", norm)
