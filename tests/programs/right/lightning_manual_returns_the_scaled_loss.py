"""Under manual optimisation what training_step returns is shown nowhere; the loss was logged before it was scaled."""

import lightning as L
import torch
import torch.nn.functional as F


class Denoiser(L.LightningModule):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.automatic_optimization = False
        self.encoder, self.decoder = encoder, decoder
        self.scaler = torch.amp.GradScaler("cuda")

    def training_step(self, batch, batch_idx):
        noisy, clean = batch
        optimizer = self.optimizers()
        loss = F.mse_loss(self.decoder(self.encoder(noisy)), clean)
        self.log("train_loss", loss)
        loss = self.scaler.scale(loss)
        self.manual_backward(loss)
        self.scaler.step(optimizer)
        self.scaler.update()
        optimizer.zero_grad()
        return loss
