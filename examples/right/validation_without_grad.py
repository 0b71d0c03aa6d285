# Right: validation losses kept as tensors, under no_grad: no graph is kept.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()

val_loss = torch.zeros(())
model.eval()
with torch.no_grad():
    for x, y in loader:
        val_loss += criterion(model(x), y)
print(f"validation loss: {val_loss.item() / len(loader):.6f}")
