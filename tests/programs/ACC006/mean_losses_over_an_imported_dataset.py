"""The loader comes from another module, and its dataset counts samples all the same."""

import torch.nn.functional as F
from common import accum_steps, loader, model, optimizer

total = 0.0
for i, (x, y) in enumerate(loader):
    loss = F.mse_loss(model(x), y)
    (loss / accum_steps).backward()
    total += loss.item()  # error: ACC006
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
print("loss", total / len(loader.dataset))
