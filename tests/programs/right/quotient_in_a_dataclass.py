"""The divided loss comes back as a field."""

from dataclasses import dataclass


@dataclass
class Out:
    loss: object
    raw: object


def compute(crit, net, x, y, n):
    raw = crit(net(x), y)
    return Out(loss=raw / n, raw=raw.detach())


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        out = compute(crit, net, x, y, accum_steps)
        loss = out.loss
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
