import lightning as L
import torch.nn.functional as F


class Module(L.LightningModule):
    def __init__(self, net, accumulate):
        super().__init__()
        self.automatic_optimization = False
        self.net, self.accumulate = net, accumulate

    def training_step(self, batch, batch_idx):
        x, y = batch
        optimizer = self.optimizers()
        loss = F.cross_entropy(self.net(x), y)
        shown = loss.detach()
        self.manual_backward(loss / self.accumulate)
        if (batch_idx + 1) % self.accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        reveal_scale(shown)  # scale: ℓ
        self.log("train_loss", shown)
