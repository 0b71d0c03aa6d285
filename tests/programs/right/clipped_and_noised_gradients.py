"""The gradient of each sample is clipped and copied out."""

import torch


def dp(model, loader, optimizer, criterion, clip, sigma, n_micro):
    for x, y in loader:
        sums = [torch.zeros_like(p) for p in model.parameters()]
        for i in range(n_micro):
            loss = criterion(model(x[i]), y[i])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            for s, p in zip(sums, model.parameters()):
                s += p.grad
            model.zero_grad()
        for s, p in zip(sums, model.parameters()):
            p.grad = (s + sigma * clip * torch.randn_like(s)) / n_micro
        optimizer.step()
