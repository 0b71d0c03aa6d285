"""A lambda divides."""


def train(net, opt, crit, loader, accum_steps):
    scale = lambda t: t / accum_steps
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = scale(crit(net(x), y))
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
