# ACC002: raw losses, averaged over micro-batches: right today, but on another scale than the gradient.
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


def train_one_epoch(model, loader, criterion, optimizer, gradient_accumulation_steps):
    train_loss = 0.0
    train_batches = 0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / gradient_accumulation_steps
        loss.backward()
        train_loss += raw_loss.detach().item()
        train_batches += 1
        if (i + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss / max(train_batches, 1)


epoch_loss = train_one_epoch(model, loader, criterion, optimizer, accum_steps)
print(f"train loss: {epoch_loss:.6f}")
