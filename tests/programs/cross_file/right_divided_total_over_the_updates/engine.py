import torch.nn.functional as F


class Trainer:
    def __init__(self, model, optimizer, accum_steps):
        self.model, self.optimizer, self.accum_steps = model, optimizer, accum_steps

    def epoch(self, loader):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(self.model(x), y) / self.accum_steps
            loss.backward()
            total += loss.item()
            if (i + 1) % self.accum_steps == 0 or (i + 1) == len(loader):
                self.optimizer.step()
                self.optimizer.zero_grad()
        return total
