"""The helper tells the Accelerator nothing of N, so that its backward divides by one."""

from accelerate import Accelerator


class Trainer:
    def __init__(self, model, optimizer, loader, accum_steps):
        self.accum_steps = accum_steps
        self.accelerator = self.build_accelerator("bf16")
        self.model, self.optimizer, self.loader = self.accelerator.prepare(model, optimizer, loader)

    def build_accelerator(self, precision):
        return Accelerator(mixed_precision=precision)

    def train(self, criterion):
        for i, (x, y) in enumerate(self.loader):
            loss = criterion(self.model(x), y) / self.accum_steps
            self.accelerator.backward(loss)
            if (i + 1) % self.accum_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
