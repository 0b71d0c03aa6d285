import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.layer = nn.LazyLinear(1)
        self.heads = heads

    def forward(self, x, y):
        return F.mse_loss(self.layer(x), y) / self.heads


def train(loader, optimizer):
    model = Net(4)
    for i, (x, y) in enumerate(loader):
        loss = model(x, y)
        (loss / 4).backward()
        reveal_scale(loss)  # scale: ℓ/heads
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
