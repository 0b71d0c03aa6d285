"""Divided when added and divided again when shown."""

import torch
import torch.nn.functional as F


def pretrain(model, batches, optimizer, scheduler, n_updates, micro_batches):
    for update in range(n_updates):
        window_loss = torch.zeros(())
        for micro in range(micro_batches):
            tokens, targets = next(batches)
            logits = model(tokens)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1)) / micro_batches
            loss.backward()
            window_loss += loss.detach()  # error: ACC003
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        print(f"update {update}: loss {(window_loss / micro_batches).item():.4f}")
