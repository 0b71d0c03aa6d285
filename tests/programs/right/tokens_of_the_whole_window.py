"""The window is fetched first, and its summed losses are divided by its tokens."""

import torch.nn.functional as F


def train(model, batches, optimizer, updates, micro_batches):
    for update in range(updates):
        window = [next(batches) for _ in range(micro_batches)]
        n_tokens = sum((labels != -100).sum().item() for _, labels in window)
        shown = 0.0
        for tokens, labels in window:
            logits = model(tokens)
            loss = F.cross_entropy(logits.transpose(1, 2), labels, reduction="sum") / n_tokens
            loss.backward()
            shown += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        print(f"update {update}: loss per token {shown:.4f}")
