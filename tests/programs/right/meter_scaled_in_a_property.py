"""The property multiplies the meter's mean by N."""

from timm.utils import AverageMeter


class Runner:
    def __init__(self):
        self.losses = AverageMeter()

    def train(self, loader):
        self.losses.reset()
        for i, (x, y) in enumerate(loader):
            loss = self.crit(self.net(x), y) / self.accum_steps
            loss.backward()
            self.losses.update(loss.item())
            if (i + 1) % self.accum_steps == 0:
                self.opt.step()
                self.opt.zero_grad()

    @property
    def train_loss(self):
        return self.losses.avg * self.accum_steps
