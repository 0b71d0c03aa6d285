"""Both terms are divided where they are unpacked."""


def train(net, opt, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        a, b = [v / accum_steps for v in net.losses(x, y)]
        loss = a + 0.5 * b
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
