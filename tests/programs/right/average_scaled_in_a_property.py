"""The property multiplies the moving average by N."""


class Runner:
    def step(self, x, y, i):
        loss = self.crit(self.net(x), y) / self.accum_steps
        loss.backward()
        self.ema = 0.9 * self.ema + 0.1 * loss.item()
        if (i + 1) % self.accum_steps == 0:
            self.opt.step()
            self.opt.zero_grad()

    @property
    def smooth_loss(self):
        return self.ema * self.accum_steps

    def fit(self, loader):
        self.ema = 0.0
        for i, (x, y) in enumerate(loader):
            self.step(x, y, i)
        print("loss", self.smooth_loss)
