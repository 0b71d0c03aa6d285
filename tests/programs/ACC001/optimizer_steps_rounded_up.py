"""The number of optimizer steps is rounded up."""


def train(net, opt, crit, loader, accum_steps):
    steps = (len(loader) + accum_steps - 1) // accum_steps
    tot = 0.0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        (loss / accum_steps).backward()
        tot += loss.item()  # error: ACC001
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            opt.step()
            opt.zero_grad()
    print("loss", tot / steps)
