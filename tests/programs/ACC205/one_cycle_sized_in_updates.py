"""OneCycleLR raises an error once its total_steps are used up."""

import math

import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, epochs, accum_iter):
        self.model, self.loader, self.epochs, self.accum_iter = model, loader, epochs, accum_iter
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=0.5, total_steps=math.ceil(len(loader) / accum_iter) * epochs
        )

    def run(self):
        for _ in range(self.epochs):
            for i, (x, y) in enumerate(self.loader):
                loss = F.cross_entropy(self.model(x), y) / self.accum_iter
                loss.backward()
                self.scheduler.step()  # warning: ACC205
                if (i + 1) % self.accum_iter == 0 or i + 1 == len(self.loader):
                    self.optimizer.step()
                    self.optimizer.zero_grad()
