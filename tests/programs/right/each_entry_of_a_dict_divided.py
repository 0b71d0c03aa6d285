"""The entries of the model's dict are divided one by one."""


def train(net, opt, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        losses = net(x, y)
        for name in losses:
            losses[name] = losses[name] / accum_steps
        loss = sum(losses.values())
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
