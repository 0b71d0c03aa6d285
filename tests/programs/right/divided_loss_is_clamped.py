"""What a function makes of the divided loss is no undivided one."""

import torch


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss = torch.clamp(loss, max=10.0)
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
