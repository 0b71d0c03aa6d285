import lightning as L
import torch.nn.functional as F


class Classifier(L.LightningModule):
    def __init__(self, net, accumulate):
        super().__init__()
        self.automatic_optimization = False
        self.net, self.accumulate = net, accumulate
        self.total, self.batches = 0.0, 0

    def on_train_epoch_start(self):
        self.total, self.batches = 0.0, 0

    def training_step(self, batch, batch_idx):
        x, y = batch
        optimizer = self.optimizers()
        loss = F.cross_entropy(self.net(x), y) / self.accumulate
        self.manual_backward(loss)
        self.total += loss.item()
        self.batches += 1
        if (batch_idx + 1) % self.accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()

    def on_train_epoch_end(self):
        reveal_scale(self.total / self.batches)  # scale: ℓ/N
