"""The script asserts that there is no tail."""


def train(net, opt, crit, loader, accum_steps, epochs):
    assert len(loader) % accum_steps == 0
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            (crit(net(x), y) / accum_steps).backward()
            if (i + 1) % accum_steps == 0:
                opt.step()
                opt.zero_grad()
