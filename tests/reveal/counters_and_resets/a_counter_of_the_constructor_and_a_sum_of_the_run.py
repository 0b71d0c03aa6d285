import torch.nn.functional as F


class Trainer:
    def __init__(self, model, optimizer, accum_steps):
        self.model = model
        self.optimizer = optimizer
        self.accum_steps = accum_steps
        self.updates = 0

    def train(self, loader, epochs):
        total = 0.0
        for epoch in range(epochs):
            for i, (x, y) in enumerate(loader):
                loss = F.cross_entropy(self.model(x), y)
                (loss / self.accum_steps).backward()
                total += loss.item()
                if (i + 1) % self.accum_steps == 0:
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                    self.updates += 1
            reveal_scale(total / self.updates)  # scale: ℓ·N
