# Right: divided losses of one window: their sum is the mean loss of the step.
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

window_loss = 0.0
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y) / accum_steps
    loss.backward()
    window_loss += loss.item()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
        print(f"loss: {window_loss:.6f}")
        window_loss = 0.0
