import lightning as L
import torch.nn.functional as F


class Classifier(L.LightningModule):
    def __init__(self, net, accumulate):
        super().__init__()
        self.automatic_optimization = False
        self.net, self.accumulate = net, accumulate

    def training_step(self, batch, batch_idx):
        x, y = batch
        optimizer = self.optimizers()
        raw = F.cross_entropy(self.net(x), y)
        loss = raw / self.accumulate
        self.manual_backward(loss)
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (batch_idx + 1) % self.accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
