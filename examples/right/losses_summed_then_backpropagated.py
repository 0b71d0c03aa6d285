# Right: a sum of losses that is backpropagated is no metric.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

heads = nn.ModuleList(nn.Linear(3, 1) for _ in range(2))
optimizer.add_param_group({"params": heads.parameters()})

train_loss = 0.0
for x, y in loader:
    total = criterion(model(x), y)
    for head in heads:
        total = total + criterion(head(x), y)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    train_loss += total.item()
print(f"train loss: {train_loss / len(loader):.6f}")
