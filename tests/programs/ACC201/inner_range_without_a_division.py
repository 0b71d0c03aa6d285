"""An inner range of micro-batches and one step after it."""

import torch.nn.functional as F


def pretrain(model, next_batch, optimizer, max_iters, accum):
    model.train()
    for it in range(max_iters):
        for micro in range(accum):
            x, y = next_batch()
            logits = model(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))
            loss.backward()  # warning: ACC201
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if it % 10 == 0:
            print(f"iter {it}: last loss {loss.item():.4f}")
