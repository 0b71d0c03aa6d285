import torch

from .data import train_loader
from .engine import train_one_epoch
from .models import Net

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    total = train_one_epoch(model, train_loader, optimizer, accum_steps=8)
    print(epoch, total / len(train_loader))
