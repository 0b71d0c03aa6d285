"""Under manual optimisation self.log gets what the author gives it."""

import lightning as L
import torch
import torch.nn.functional as F


class Autoencoder(L.LightningModule):
    def __init__(self, encoder, decoder, accumulate=4):
        super().__init__()
        self.automatic_optimization = False
        self.encoder, self.decoder = encoder, decoder
        self.accumulate = accumulate

    def training_step(self, batch, batch_idx):
        x, _ = batch
        optimizer = self.optimizers()
        loss = F.mse_loss(self.decoder(self.encoder(x)), x)
        loss = loss / self.accumulate
        self.manual_backward(loss)
        if (batch_idx + 1) % self.accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        self.log("train_loss", loss)  # error: ACC004

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)
