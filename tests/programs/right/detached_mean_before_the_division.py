"""The detached mean is a tensor of its own."""


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        shown = loss.detach().mean()
        loss /= accum_steps
        loss.backward()
        tot += shown.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    print("loss", tot / len(loader))
