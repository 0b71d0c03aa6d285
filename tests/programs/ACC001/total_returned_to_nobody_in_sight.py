"""The plain pattern, and whoever divides is in another file that was not scanned: unproven."""

import torch


def train_epoch(model, criterion, data_loader, optimizer, scaler, accumulation_steps, device):
    model.train()
    train_loss = 0.0
    for step, (image, mask) in enumerate(data_loader):
        image, mask = image.to(device), mask.to(device)
        with torch.autocast(device_type="cuda"):
            raw_loss = criterion(model(image), mask)
            loss = raw_loss / accumulation_steps
        scaler.scale(loss).backward()
        train_loss += raw_loss.item()  # warning: ACC001
        if (step + 1) % accumulation_steps == 0 or (step + 1) == len(data_loader):
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    return train_loss
