"""Each micro-batch has its own number of tokens: the mean of means weighs short ones too much."""
# select: ACC208

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (tokens, targets, mask) in enumerate(loader):
            logits = model(tokens)
            per_token = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            loss = (per_token * mask).sum() / mask.sum() / accum_steps  # warning: ACC208
            loss.backward()
            if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
