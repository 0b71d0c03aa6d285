# ACC101: validation losses stored with their whole graphs, which no backward() frees.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

for x, y in loader:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

model.eval()
losses = []
for x, y in loader:
    losses.append(criterion(model(x), y))
print(f"validation loss: {sum(losses) / len(losses):.6f}")
