"""The criterion averages over the labels that it does not ignore, in every micro-batch anew."""
# select: ACC208

import torch
from torch import nn


class Finetuner:
    def __init__(self, model, optimizer, grad_accum):
        self.model, self.optimizer, self.grad_accum = model, optimizer, grad_accum
        self.criterion = nn.CrossEntropyLoss(ignore_index=-100)

    def run(self, loader):
        for i, (tokens, labels) in enumerate(loader):
            logits = self.model(tokens)
            loss = self.criterion(logits.transpose(1, 2), labels) / self.grad_accum  # warning: ACC208
            loss.backward()
            if (i + 1) % self.grad_accum == 0:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.optimizer.zero_grad()
