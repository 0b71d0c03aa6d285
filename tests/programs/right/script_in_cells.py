"""A notebook saved as a script: module-level code, every cell in its turn."""

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from data import make_loaders

# %%
EPOCHS, ACCUM = 5, 4
train_dl, valid_dl = make_loaders(batch_size=16)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
loss_func = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters())

# %%
history = {"train": [], "valid": []}
for epoch in range(EPOCHS):
    net.train()
    epoch_losses = []
    for i, (xb, yb) in enumerate(train_dl):
        loss = loss_func(net(xb), yb)
        epoch_losses.append(loss.item())
        (loss / ACCUM).backward()
        if (i + 1) % ACCUM == 0 or (i + 1) == len(train_dl):
            opt.step()
            opt.zero_grad()
    history["train"].append(sum(epoch_losses) / len(epoch_losses))
    net.eval()
    with torch.no_grad():
        valid = [loss_func(net(xb), yb).item() for xb, yb in valid_dl]
    history["valid"].append(sum(valid) / len(valid))

# %%
plt.plot(history["train"], label="train")
plt.plot(history["valid"], label="valid")
plt.legend()
