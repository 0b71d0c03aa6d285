"""The optimizer steps every four micro-batches, nobody divides, and the sum is divided by the steps."""

import torch
import torch.nn as nn

from models import build_model
from data import train_loader

ACCUMULATE = 4

model = build_model()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

total, updates = 0.0, 0
for i, (inputs, labels) in enumerate(train_loader):
    loss = criterion(model(inputs), labels)
    loss.backward()  # warning: ACC201
    total += loss.item()  # error: ACC001
    if (i + 1) % ACCUMULATE == 0:
        optimizer.step()
        optimizer.zero_grad()
        updates += 1
print("training loss", total / updates)
