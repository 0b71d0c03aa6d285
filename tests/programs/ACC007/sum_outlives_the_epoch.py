"""The sum is set to zero once, the divisor counts one epoch."""

import torch.nn as nn


def train(net, trainloader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    running_loss = 0.0
    for epoch in range(epochs):
        net.train()
        for inputs, labels in trainloader:
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        print(f"epoch {epoch + 1} loss {running_loss / len(trainloader):.4f}")  # warning: ACC007
