"""The name is detached before it is added."""


def train(net, opt, crit, loader):
    tot = 0.0
    for x, y in loader:
        loss = crit(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        loss.detach_()
        tot += loss
    print("loss", tot / len(loader))
