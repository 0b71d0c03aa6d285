"""When the optimizer steps is for a method to say; what was summed since the last step is the mean of one window."""

import torch.nn.functional as F


class Trainer:
    def __init__(self, model, optimizer, schedule, accum_steps):
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.accum_steps = accum_steps
        self.updates = 0

    def run(self, loader, writer):
        window = 0.0
        for x, y in loader:
            loss = F.mse_loss(self.model(x), y) / self.accum_steps
            loss.backward()
            window += loss.item()
            if self.schedule.boundary():
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.updates += 1
                writer.add_scalar("train/loss", window, self.updates)
                window = 0.0
