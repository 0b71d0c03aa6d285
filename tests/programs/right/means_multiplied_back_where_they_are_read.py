"""A meter and a running mean hold the divided loss; what is shown of them is multiplied by N."""

import torch.nn.functional as F
from timm.utils import AverageMeter


class Trainer:
    def __init__(self, model, optimizer, accumulate):
        self.model = model
        self.optimizer = optimizer
        self.accumulate = accumulate
        self.mean = 0.0
        self.moving = 0.0

    def train_epoch(self, loader):
        meter = AverageMeter()
        for i, (x, y) in enumerate(loader):
            loss = F.mse_loss(self.model(x), y)
            loss = loss / self.accumulate
            loss.backward()
            meter.update(loss.item())
            self.mean = (self.mean * i + loss.item()) / (i + 1)
            self.moving = self.moving * (1 - 1 / self.accumulate) + loss.item()
            if (i + 1) % self.accumulate == 0 or (i + 1) == len(loader):
                self.optimizer.step()
                self.optimizer.zero_grad()
        print("loss", meter.avg * self.accumulate)
        print("mean loss", self.mean * self.accumulate)
