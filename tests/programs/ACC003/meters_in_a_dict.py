"""The meters of the training lie in a dict."""

import torch.nn.functional as F


class Meter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


def train(model, loader, optimizer, accum_steps):
    meters = {"loss": Meter(), "accuracy": Meter()}
    for step, (x, y) in enumerate(loader):
        out = model(x)
        loss = F.cross_entropy(out, y) / accum_steps
        loss.backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        meters["loss"].update(loss.item(), x.size(0))  # error: ACC003
        meters["accuracy"].update((out.argmax(1) == y).double().mean().item(), x.size(0))
    print("loss", meters["loss"].avg, "accuracy", meters["accuracy"].avg)
