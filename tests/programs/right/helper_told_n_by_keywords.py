"""The helper gets N among keywords."""


def backward(loss, accum=1):
    scaled = loss / accum
    scaled.backward()
    return scaled.detach()


def train(net, opt, crit, loader, accum_steps):
    opts = {"accum": accum_steps}
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = backward(crit(net(x), y), **opts)
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
