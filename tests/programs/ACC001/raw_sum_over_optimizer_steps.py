"""The undivided loss of every micro-batch is summed, and the sum is divided by the optimizer steps."""

import torch
from torch import nn
from torch.utils.data import DataLoader


class Trainer:
    def __init__(self, model, train_set, *, batch_size=16, grad_accum_steps=4, lr=3e-4):
        self.model = model
        self.loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()
        self.grad_accum_steps = grad_accum_steps

    def run_epoch(self, epoch):
        self.model.train()
        epoch_loss = 0.0
        n_updates = 0
        for batch_no, (images, labels) in enumerate(self.loader, start=1):
            raw_loss = self.criterion(self.model(images), labels)
            loss = raw_loss / self.grad_accum_steps
            loss.backward()
            epoch_loss += raw_loss.item()  # error: ACC001
            if batch_no % self.grad_accum_steps == 0 or batch_no == len(self.loader):
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
                n_updates += 1
        print(f"epoch {epoch}: train loss {epoch_loss / n_updates:.4f}")

    def fit(self, epochs):
        for epoch in range(epochs):
            self.run_epoch(epoch)
