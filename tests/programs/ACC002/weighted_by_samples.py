"""Weighted by the batch size and divided by the samples: right, and on another scale than the gradient."""

import torch
import torch.nn.functional as F


class SegmentationTrainer:
    def __init__(self, model, loader, optimizer, accumulate):
        self.model, self.loader, self.optimizer = model, loader, optimizer
        self.accumulate = accumulate
        self.scaler = torch.amp.GradScaler("cuda")

    def train_epoch(self):
        loss_sum, seen = 0.0, 0
        for n, (image, mask) in enumerate(self.loader):
            with torch.amp.autocast("cuda"):
                dice = F.binary_cross_entropy_with_logits(self.model(image), mask)
                loss = dice / self.accumulate
            self.scaler.scale(loss).backward()
            loss_sum += dice.item() * image.size(0)  # warning: ACC002
            seen += image.size(0)
            if (n + 1) % self.accumulate == 0 or n + 1 == len(self.loader):
                self.scaler.step(self.optimizer)
                self.scaler.update()
                self.optimizer.zero_grad()
        return loss_sum / seen
