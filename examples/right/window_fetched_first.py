# Right: the tail window is divided by its own size, and the mean is taken over optimizer steps.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accum_steps = 4
dataset = TensorDataset(torch.randn(72, 3), torch.randn(72, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)


def windows(loader, size):
    window = []
    for batch in loader:
        window.append(batch)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window


train_loss = 0.0
optimizer_steps = 0
for window in windows(loader, accum_steps):
    for x, y in window:
        loss = criterion(model(x), y) / len(window)
        loss.backward()
        train_loss += loss.item()
    optimizer.step()
    optimizer.zero_grad()
    optimizer_steps += 1
print(f"train loss: {train_loss / optimizer_steps:.6f}")
