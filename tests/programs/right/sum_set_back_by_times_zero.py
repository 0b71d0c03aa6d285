"""Times zero sets the sum back."""

import torch


def train(net, opt, crit, loader, accum_steps):
    tot = torch.zeros(())
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        (loss / accum_steps).backward()
        tot += loss.detach() / accum_steps
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            updates += 1
            if updates % 25 == 0:
                print("loss", (tot / 25).item())
                tot *= 0
