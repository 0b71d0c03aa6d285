"""The sum over the valid tokens of one micro-batch, divided by their number and then by N."""
# select: ACC208

import torch.nn as nn


def pretrain(model, stream, optimizer, n_updates, micro_batches, pad_id):
    criterion = nn.CrossEntropyLoss(ignore_index=pad_id, reduction="sum")
    for update in range(n_updates):
        for _ in range(micro_batches):
            inputs, targets = next(stream)
            logits = model(inputs)
            summed = criterion(logits.view(-1, logits.size(-1)), targets.view(-1))
            n_tokens = (targets != pad_id).sum()
            loss = summed / n_tokens / micro_batches  # warning: ACC208
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
