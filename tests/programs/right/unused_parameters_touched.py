"""A term of zero keeps unused parameters in the graph; the loss stays divided."""


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss = loss + sum(p.sum() for p in net.parameters()) * 0.0  # touch unused parameters (DDP)
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
