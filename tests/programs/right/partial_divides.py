"""A partial was told N."""

from functools import partial


def divided_loss(crit, n, out, y):
    return crit(out, y) / n


def train(net, opt, crit, loader, accum_steps):
    loss_fn = partial(divided_loss, crit, accum_steps)
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = loss_fn(net(x), y)
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
