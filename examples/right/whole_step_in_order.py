# Right: divide, backward, clip once per window, step, schedule, clear; flush the tail; reset per epoch.
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

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
for epoch in range(2):
    train_loss = 0.0
    optimizer_steps = 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        train_loss += loss.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    print(f"epoch {epoch} train loss: {train_loss / optimizer_steps:.6f}")
