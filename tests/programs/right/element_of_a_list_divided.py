"""The first element of a list is replaced by its quotient."""


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        out = [crit(net(x), y), None]
        out[0] = out[0] / accum_steps
        out[0].backward()
        loss = out[0]
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
