"""The imported check hands the divided loss through, as far as anybody knows."""

from utils import check_finite


def train(net, opt, crit, loader, accum_steps):
    tot = 0.0
    k = 0
    for i, (x, y) in enumerate(loader):
        loss = check_finite(crit(net(x), y) / accum_steps)
        loss.backward()
        tot += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            k += 1
    print("loss", tot / k)
