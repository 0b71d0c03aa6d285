# ACC208: micro-batches of few tokens weigh as much as those of many (off by default).
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accum_steps = 4
tokens = torch.randint(1, 10, (64, 6))
labels = tokens.roll(-1, dims=1)
labels[torch.arange(6) >= torch.randint(1, 7, (64, 1))] = -100  # sequences of 1 to 6 tokens, padded
loader = DataLoader(TensorDataset(tokens, labels), batch_size=4)
model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 10))
criterion = nn.CrossEntropyLoss(ignore_index=-100)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

train_loss = 0.0
optimizer_steps = 0
for i, (tokens, labels) in enumerate(loader):
    logits = model(tokens)
    loss = criterion(logits.flatten(0, 1), labels.flatten()) / accum_steps
    loss.backward()
    train_loss += loss.item()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
        optimizer_steps += 1
print(f"train loss: {train_loss / optimizer_steps:.6f}")
