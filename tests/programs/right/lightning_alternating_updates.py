"""Generator and discriminator take turns; the penalty is the average of two means."""

import lightning as L
import torch


class Adversarial(L.LightningModule):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.discriminator = generator, discriminator

    def training_step(self, batch, batch_idx):
        opt_g, opt_d = self.optimizers()
        logs = {}
        if self.global_step % 2 == 0:
            loss = -self.discriminator(self.generator(batch)).mean()
            opt_g.zero_grad()
            self.manual_backward(loss)
            opt_g.step()
            logs["loss/generator"] = loss.detach()
        else:
            real, fake = self.discriminator.gradient_norms(batch, self.generator(batch))
            penalty = (real.mean() + fake.mean()) / 2
            logs["loss/penalty"] = penalty.detach()
            opt_d.zero_grad()
            self.manual_backward(self.discriminator(batch).mean() + penalty)
            opt_d.step()
        self.log_dict(logs)

    def configure_optimizers(self):
        return [torch.optim.Adam(part.parameters(), lr=1e-4) for part in (self.generator, self.discriminator)]
