"""Every epoch begins with a new counter and the old sum."""

import torch.nn.functional as F


def fit(model, batches, optimizer, epochs):
    loss_total = 0.0
    for epoch in range(epochs):
        seen = 0
        for x, y in batches:
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_total += loss.item()
            seen += 1
        print(epoch, "mean loss", loss_total / seen)  # warning: ACC007
