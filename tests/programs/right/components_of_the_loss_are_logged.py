"""The components were never divided; only their sum was."""

import torch.nn.functional as F
import wandb


def train(model, loader, optimizer, grad_accum, beta):
    for step, (x, y) in enumerate(loader):
        logits, reconstruction = model(x)
        task = F.cross_entropy(logits, y)
        rebuild = F.mse_loss(reconstruction, x)
        loss = (task + beta * rebuild) / grad_accum
        loss.backward()
        if (step + 1) % grad_accum == 0:
            optimizer.step()
            optimizer.zero_grad()
            wandb.log({"task_loss": task.item(), "rebuild_loss": rebuild.item()}, step=step)
