"""Lightning's automatic optimisation divides what training_step returns."""

import lightning as L
import torch
import torch.nn.functional as F


class Tagger(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def training_step(self, batch, batch_idx):
        words, tags = batch
        loss = F.cross_entropy(self.net(words).transpose(1, 2), tags)
        self.log("train_loss", loss)
        return loss / self.trainer.accumulate_grad_batches  # error: ACC202

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-4)


if __name__ == "__main__":
    from tagging.data import build

    net, loader = build()
    L.Trainer(max_epochs=3, accumulate_grad_batches=4).fit(Tagger(net), loader)
