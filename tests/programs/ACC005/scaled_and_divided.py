"""Divided and scaled; the scaling is what makes the number meaningless."""

import torch
import torch.nn.functional as F


class AmpTrainer:
    def __init__(self, net, optimizer, grad_accum):
        self.net, self.optimizer, self.grad_accum = net, optimizer, grad_accum
        self.grad_scaler = torch.amp.GradScaler("cuda")

    def epoch(self, batches):
        epoch_loss = 0.0
        for i, (x, y) in enumerate(batches):
            with torch.amp.autocast("cuda"):
                loss = F.mse_loss(self.net(x), y)
            scaled = self.grad_scaler.scale(loss / self.grad_accum)
            scaled.backward()
            epoch_loss += scaled.item()  # error: ACC005
            if (i + 1) % self.grad_accum == 0 or i + 1 == len(batches):
                self.grad_scaler.step(self.optimizer)
                self.grad_scaler.update()
                self.optimizer.zero_grad()
        return epoch_loss / len(batches)
