"""The mean is a new tensor, and so is the one that is shown."""


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    for i, (x, y) in enumerate(loader):
        losses = net(x, y)
        loss = losses.mean()  # mean over the GPUs of DataParallel
        loss /= accum_steps
        loss.backward()
        tot += losses.mean().item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    print("loss", tot / len(loader))
