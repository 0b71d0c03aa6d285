"""N is what the micro-batches of one step make of its batch."""

import torch.nn.functional as F


def pretrain(model, loader, optimizer, total_batch_size, device_batch_size):
    grad_accum_steps = total_batch_size // device_batch_size
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / grad_accum_steps
        loss.backward()
        if (i + 1) % grad_accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()  # error: ACC003
    print("train loss", total / len(loader))
