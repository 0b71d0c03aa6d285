"""The dict holds the tensor that is divided in place one line later."""

import torch.nn.functional as F
import wandb


def train(model, loader, optimizer, cfg):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        logs = {"loss": loss, "epoch": step / len(loader)}
        loss /= cfg.grad_accum  # error: ACC008
        loss.backward()
        if (step + 1) % cfg.grad_accum == 0:
            optimizer.step()
            optimizer.zero_grad()
            wandb.log({"train/loss": logs["loss"].item(), "epoch": logs["epoch"]})
