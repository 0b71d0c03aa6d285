"""The samples are counted one batch at a time; the losses are means."""

import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, optimizer, accumulate):
        self.model, self.loader, self.optimizer = model, loader, optimizer
        self.accumulate = accumulate

    def train_epoch(self):
        loss_sum, n_examples = 0.0, 0
        for i, (x, y) in enumerate(self.loader):
            raw = F.cross_entropy(self.model(x), y)
            loss_sum += raw.item()  # error: ACC006
            n_examples += len(y)
            (raw / self.accumulate).backward()
            if (i + 1) % self.accumulate == 0 or i + 1 == len(self.loader):
                self.optimizer.step()
                self.optimizer.zero_grad()
        return loss_sum / n_examples
