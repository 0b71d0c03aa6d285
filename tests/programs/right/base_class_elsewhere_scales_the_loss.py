"""A method of a base class that is not in sight is handed the loss."""

from framework import BaseTrainer


class Trainer(BaseTrainer):
    def epoch(self, loader):
        tot = 0.0
        k = 0
        for i, (x, y) in enumerate(loader):
            loss = self.crit(self.net(x), y)
            loss = self.scale_loss(loss)
            loss.backward()
            tot += loss.item()
            if (i + 1) % self.accum_steps == 0:
                self.opt.step()
                self.opt.zero_grad()
                k += 1
        print("loss", tot / k)
