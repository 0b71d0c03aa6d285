import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from data import dataset

accum_steps = 4
model = nn.Linear(10, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
loader = DataLoader(dataset, batch_size=8)
running_loss = 0.0
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / accum_steps
    loss.backward()
    running_loss += loss.item()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
reveal_scale(loss)  # scale: ℓ/N
reveal_scale(running_loss / len(loader))  # scale: ℓ/N
