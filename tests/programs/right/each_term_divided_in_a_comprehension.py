"""Every term is divided by N inside of the sum."""


def train(net, opt, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        losses = net(x, y)
        loss = sum(v / accum_steps for v in losses.values())
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
