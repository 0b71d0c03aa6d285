"""The detached loss shares its memory, and is multiplied back."""


def train(net, opt, crit, loader, accum_steps, tb):
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        loss.detach().mul_(accum_steps)
        tb.add_scalar("loss", loss.item(), i)
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
