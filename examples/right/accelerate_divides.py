# Right: Accelerate divides in backward() and leaves the caller's loss raw.
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accum_steps = 4
dataset = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
loader = DataLoader(dataset, batch_size=4)
model = nn.Linear(3, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

train_loss = 0.0
for x, y in loader:
    with accelerator.accumulate(model):
        loss = criterion(model(x), y)
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
    train_loss += loss.item()
print(f"train loss: {train_loss / len(loader):.6f}")
