"""Lightning's optimizer has another name."""

import lightning as L


class M(L.LightningModule):
    def __init__(self, net, crit, n):
        super().__init__()
        self.automatic_optimization = False
        self.net, self.crit, self.n = net, crit, n

    def on_train_epoch_start(self):
        self.tot, self.k = 0.0, 0

    def training_step(self, batch, batch_idx):
        loss = self.crit(self.net(batch[0]), batch[1])
        self.manual_backward(loss / self.n)
        self.tot += loss.item()  # error: ACC001
        if (batch_idx + 1) % self.n == 0:
            o = self.optimizers()
            o.step()
            o.zero_grad()
            self.k += 1

    def on_train_epoch_end(self):
        self.log("train_loss", self.tot / self.k)
