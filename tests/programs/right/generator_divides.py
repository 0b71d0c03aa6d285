"""A generator yields divided losses."""


def losses(net, crit, loader, n):
    for x, y in loader:
        yield crit(net(x), y) / n


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, loss in enumerate(losses(net, crit, loader, accum_steps)):
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
