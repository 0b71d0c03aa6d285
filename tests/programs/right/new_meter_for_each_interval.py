"""A new meter is the reset."""

from timm.utils import AverageMeter


def train(net, opt, crit, loader, accum_steps, tb):
    m = AverageMeter()
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        m.update(loss.item())
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            updates += 1
            if updates % 25 == 0:
                tb.add_scalar("loss", m.sum / 25, updates)
                m = AverageMeter()
