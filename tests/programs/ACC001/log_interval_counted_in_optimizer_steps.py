"""The interval is counted in optimizer steps; the sum grows with every micro-batch."""

import lightning as L
import torch.nn.functional as F


def main(config, model, optimizer, train_dataloader):
    fabric = L.Fabric(devices=config.devices, precision="bf16-mixed")
    fabric.launch()
    model, optimizer = fabric.setup(model, optimizer)
    train_dataloader = fabric.setup_dataloaders(train_dataloader)
    running = 0.0
    opt_steps = 0
    for it, batch in enumerate(train_dataloader, 1):
        is_accumulating = it % config.grad_accum != 0
        with fabric.no_backward_sync(model, enabled=is_accumulating):
            logits = model(batch["input_ids"])
            loss = F.cross_entropy(logits.transpose(1, 2), batch["labels"])
            fabric.backward(loss / config.grad_accum)
        running += loss.item()  # error: ACC001
        if not is_accumulating:
            optimizer.step()
            optimizer.zero_grad()
            opt_steps += 1
            if opt_steps % config.log_interval == 0:
                fabric.print(f"step {opt_steps}: loss {running / config.log_interval:.4f}")
                running = 0.0
