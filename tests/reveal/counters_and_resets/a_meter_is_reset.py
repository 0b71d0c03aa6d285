import torch.nn.functional as F


class Sum:
    def __init__(self):
        self.reset()

    def reset(self):
        self.value = 0.0

    def add(self, value):
        self.value += value


def train(model, loader, optimizer, accum_steps):
    window = Sum()
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        window.add(raw.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(window.value)  # scale: ℓ·N
            window.reset()
