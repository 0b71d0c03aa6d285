import torch.nn.functional as F


class Averager:
    def __init__(self):
        self.total, self.steps = 0.0, 0

    def update(self, value):
        self.total += value
        self.steps += 1

    def mean(self):
        return self.total / self.steps


def train(model, loader, optimizer, accum_steps):
    averager = Averager()
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        averager.update(raw.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(averager.mean())  # scale: ℓ
