# Right: divided losses multiplied by N again, averaged over micro-batches.
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

train_loss = 0.0
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / accum_steps
    loss.backward()
    train_loss += loss.item() * accum_steps
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()

print(f"train loss: {train_loss / len(loader):.6f}")
