"""Each draw of the window wipes the one before it."""

import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, optimizer, batches, gradient_accumulate_every=4):
        self.model, self.optimizer, self.batches = model, optimizer, batches
        self.gradient_accumulate_every = gradient_accumulate_every
        self.scaler = torch.amp.GradScaler("cuda")

    def train(self, num_steps):
        for step in range(num_steps):
            for _ in range(self.gradient_accumulate_every):
                self.optimizer.zero_grad()  # error: ACC203
                x, y = next(self.batches)
                with torch.autocast("cuda"):
                    loss = F.mse_loss(self.model(x), y)
                self.scaler.scale(loss / self.gradient_accumulate_every).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
