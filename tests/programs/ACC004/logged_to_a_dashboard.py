"""A dashboard gets the divided loss under the name of the loss."""

import torch
import torch.nn.functional as F
import wandb


def main(model, batches, config):
    wandb.init(project="translation", config=config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    grad_acc = config["grad_acc"]
    for step, (source, target) in enumerate(batches):
        logits = model(source, target[:, :-1])
        loss = F.cross_entropy(logits.transpose(1, 2), target[:, 1:])
        loss = loss / grad_acc
        loss.backward()
        if (step + 1) % grad_acc == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            wandb.log({"train/loss": loss.item(), "train/step": step})  # error: ACC004
