"""The gradients of the tail are still there when the next epoch adds a whole window to them."""

import torch
import torch.nn as nn


def fit(net, train_dl, lr, n_epochs, grad_accum):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    criterion = nn.BCEWithLogitsLoss()
    optimizer.zero_grad()
    for epoch in range(n_epochs):
        loss_sum = 0.0
        for step, (features, labels) in enumerate(train_dl, start=1):
            raw = criterion(net(features), labels)
            loss_sum += raw.item()
            loss = raw / grad_accum
            loss.backward()
            if step % grad_accum == 0:  # warning: ACC204
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: {loss_sum / len(train_dl):.4f}")
