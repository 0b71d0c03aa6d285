"""Under manual optimisation the raw loss is logged and the divided one backpropagated."""

import lightning as L
import torch
import torch.nn.functional as F


class Regressor(L.LightningModule):
    def __init__(self, net, accumulate=4):
        super().__init__()
        self.automatic_optimization = False
        self.net, self.accumulate = net, accumulate

    def training_step(self, batch, batch_idx):
        x, y = batch
        opt = self.optimizers()
        loss = F.mse_loss(self.net(x), y)
        self.manual_backward(loss / self.accumulate)
        if (batch_idx + 1) % self.accumulate == 0 or self.trainer.is_last_batch:
            self.clip_gradients(opt, gradient_clip_val=1.0)
            opt.step()
            opt.zero_grad()
        self.log("train_loss", loss)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
