# Right: GradScaler scales for backward() only; the unscaled loss goes into the metric.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accum_steps = 4
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu")

train_loss = 0.0
optimizer_steps = 0
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / accum_steps
    scaler.scale(loss).backward()
    train_loss += loss.item()
    if (i + 1) % accum_steps == 0:
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        optimizer_steps += 1

print(f"train loss: {train_loss / optimizer_steps:.6f}")
