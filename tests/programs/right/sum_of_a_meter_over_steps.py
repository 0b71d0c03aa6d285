"""Only the meter's sum is read, and divided by optimizer steps."""

from timm.utils import AverageMeter


def train(net, opt, crit, loader, accum_steps, state):
    m = AverageMeter()
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        m.update(loss.item())
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            state.updates += 1
    print("loss", m.sum / state.updates)
