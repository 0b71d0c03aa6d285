import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, body, heads):
        super().__init__()
        self.body = body
        self.heads = heads

    def forward(self, x, y):
        return F.mse_loss(self.body(x), y) / self.heads


def train(model, loader, optimizer):
    net = Net(model, 4)
    for i, (x, y) in enumerate(loader):
        loss = net(x, y)
        (loss / 4).backward()
        reveal_scale(loss)  # scale: ℓ
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
