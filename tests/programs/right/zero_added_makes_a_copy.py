"""Adding zero copies."""


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    for i, (x, y) in enumerate(loader):
        raw = crit(net(x), y)
        loss = raw + 0
        loss /= accum_steps
        loss.backward()
        tot += raw.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    print("loss", tot / len(loader))
