"""A total of raw losses: the same training with a larger N reports a larger number."""

import torch.nn.functional as F


def train(model, optimizer, loader, epochs, accum):
    for epoch in range(epochs):
        epoch_loss = 0.0
        for i, (tokens, targets) in enumerate(loader):
            logits = model(tokens)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            (loss / accum).backward()
            epoch_loss += loss.item()  # warning: ACC001
            if (i + 1) % accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(f"Epoch {epoch}: loss {epoch_loss:.3f}")
