"""The discriminator's optimizer clears and steps at every batch."""


def train(net, disc, opt, dopt, crit, loader, accum_steps):
    for i, (x, y) in enumerate(loader):
        dopt.zero_grad()
        d_loss = disc(net(x).detach(), y).mean()
        d_loss.backward()
        dopt.step()
        (crit(net(x), y) / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
