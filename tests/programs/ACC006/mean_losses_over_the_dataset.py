"""Mean losses of batches, divided by the number of samples."""

import torch
from torch import nn


def train_model(model, dataloader, optimizer, num_epochs):
    criterion = nn.CrossEntropyLoss()
    for epoch in range(num_epochs):
        running_loss = 0.0
        running_corrects = 0
        for inputs, labels in dataloader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()  # error: ACC006
            running_corrects += torch.sum(outputs.argmax(1) == labels).item()
        epoch_loss = running_loss / len(dataloader.dataset)
        epoch_acc = running_corrects / len(dataloader.dataset)
        print(f"{epoch}: loss {epoch_loss:.4f} acc {epoch_acc:.4f}")
