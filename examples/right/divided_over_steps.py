# Right: what backward() saw, averaged over optimizer steps. The reference form.
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

train_loss = torch.zeros(())
optimizer_steps = 0
for i, (x, y) in enumerate(loader):
    raw_loss = criterion(model(x), y)
    loss = raw_loss / accum_steps
    loss.backward()
    train_loss += loss.detach()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
        optimizer_steps += 1

print(f"train loss: {train_loss.item() / optimizer_steps:.6f}")
