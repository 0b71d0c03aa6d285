import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, optimizer, accum_steps):
        self.model, self.loader, self.optimizer = model, loader, optimizer
        self.accum_steps = accum_steps
        self.total, self.updates = 0.0, 0

    def micro_step(self, i, x, y):
        raw = F.cross_entropy(self.model(x), y)
        loss = raw / self.accum_steps
        loss.backward()
        self.total += raw.item()
        if (i + 1) % self.accum_steps == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.updates += 1

    def epoch(self):
        self.total, self.updates = 0.0, 0
        for i, (x, y) in enumerate(self.loader):
            self.micro_step(i, x, y)
        reveal_scale(self.total / len(self.loader))  # scale: ℓ
        reveal_scale(self.total / self.updates)  # scale: ℓ·N
