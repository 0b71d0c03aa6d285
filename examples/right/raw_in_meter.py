# Right: raw losses in a meter, which averages them over micro-batches.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class AverageMeter:
    """The mean of what it is fed, weighted by n: the divisor is inside."""

    def __init__(self):
        self.sum = 0.0
        self.count = 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


torch.manual_seed(0)
accum_steps = 4
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

losses = AverageMeter()
for i, (x, y) in enumerate(loader):
    raw_loss = criterion(model(x), y)
    loss = raw_loss / accum_steps
    loss.backward()
    losses.update(raw_loss.item(), x.size(0))
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()

print(f"train loss: {losses.avg:.6f}")
