"""Who calls it a scaled loss knows that it is one."""


def train(net, opt, crit, loader, accum_steps, tb):
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        scaled_loss = loss / accum_steps
        scaled_loss.backward()
        tb.add_scalar("train/loss", loss.item(), i)
        tb.add_scalar("debug/scaled_loss", scaled_loss.item(), i)
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
