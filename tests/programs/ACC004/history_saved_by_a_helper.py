"""The list of divided losses is handed to a function that writes it to a file, beside two right lists."""

import json

import torch.nn.functional as F


def train(model, loader, optimizer, config, accum_steps):
    epoch_losses = []
    if config.save_metrics:
        step_losses = []
        shown_losses = []
    for _ in range(config.epochs):
        total = 0.0
        for step, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            if config.save_metrics:
                shown_losses.append(loss.item())
            loss = loss / accum_steps
            loss.backward()
            total += loss.detach().float()
            if config.save_metrics:
                step_losses.append(loss.detach().float().item())  # error: ACC004
            if (step + 1) % accum_steps == 0 or step == len(loader) - 1:
                optimizer.step()
                optimizer.zero_grad()
            if config.save_metrics:
                save(config.metrics_file, step_losses, shown_losses, epoch_losses)
        epoch_losses.append(float(total / (len(loader) / accum_steps)))


def save(path, step_losses, shown_losses, epoch_losses):
    metrics = {
        "step": {"train_loss": step_losses, "shown_loss": shown_losses},
        "epoch_loss": epoch_losses,
    }
    with open(path, "w") as file:
        json.dump(metrics, file)
