"""Fabric: the flag that skips the synchronisation is the same that guards the step."""

import torch.nn.functional as F
from lightning.fabric import Fabric


def main(model, optimizer, loader, max_iters, accumulate, log_interval):
    fabric = Fabric(devices=4, strategy="ddp")
    fabric.launch()
    model, optimizer = fabric.setup(model, optimizer)
    loader = fabric.setup_dataloaders(loader)
    for it, (tokens, targets) in enumerate(loader, 1):
        if it > max_iters:
            break
        is_accumulating = it % accumulate != 0
        with fabric.no_backward_sync(model, enabled=is_accumulating):
            logits = model(tokens)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            fabric.backward(loss / accumulate)
        if not is_accumulating:
            fabric.clip_gradients(model, optimizer, max_norm=1.0)
            optimizer.step()
            optimizer.zero_grad()
        if it % log_interval == 0:
            fabric.print(f"iter {it} loss {loss.item():.4f}")
