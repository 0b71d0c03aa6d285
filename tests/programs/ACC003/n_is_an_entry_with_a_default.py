"""N is read from the configuration, with a default."""


def train(net, opt, crit, loader, config):
    tot = 0.0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / config.get("accum_grad", 1)
        loss.backward()
        tot += loss.item()  # error: ACC003
        if (i + 1) % config.get("accum_grad", 1) == 0:
            opt.step()
            opt.zero_grad()
    print("loss", tot / len(loader))
