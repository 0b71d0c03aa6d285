"""The schedule advances at the last batch of an epoch."""

import lightning as L
import torch


class Net(L.LightningModule):
    def __init__(self, accum):
        super().__init__()
        self.accum = accum
        self.net = torch.nn.Linear(4, 4)
        self.optim = torch.optim.AdamW(self.net.parameters())
        self.sched = torch.optim.lr_scheduler.ExponentialLR(self.optim, gamma=0.999)

    def training_step(self, batch, batch_idx):
        opt = self.optimizers()
        loss = torch.nn.functional.l1_loss(self.net(batch), batch)
        self.manual_backward(loss / self.accum)
        if (batch_idx + 1) % self.accum == 0 or self.trainer.is_last_batch:
            opt.step()
            opt.zero_grad()
        if self.trainer.is_last_batch:
            self.sched.step()
