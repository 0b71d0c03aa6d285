"""Only the perplexity is shown, and the mean it is made of is N times too low."""

import math


def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    perplexity = math.exp(total / len(loader))
    print("perplexity", perplexity, "loss", math.log(perplexity))
