# ACC207: half-summed gradients are clipped at every micro-batch of a window.
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
optimizer_steps = 0
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / accum_steps
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    train_loss += loss.item()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
        optimizer_steps += 1
print(f"train loss: {train_loss / optimizer_steps:.6f}")
