"""Representations are cached, the loss sees the whole batch, and the chunks only carry its gradient back."""

import torch
import torch.nn.functional as F


def train(encoder, loader, optimizer, chunk_size, epochs):
    for epoch in range(epochs):
        total = 0.0
        for queries, documents in loader:
            with torch.no_grad():
                cached = torch.cat([encoder(part) for part in queries.split(chunk_size)])
                keys = torch.cat([encoder(part) for part in documents.split(chunk_size)])
            cached.requires_grad_()
            scores = cached @ keys.T
            loss = F.cross_entropy(scores, torch.arange(len(scores), device=scores.device))
            optimizer.zero_grad()
            loss.backward()
            for part, grad in zip(queries.split(chunk_size), cached.grad.split(chunk_size)):
                encoder(part).backward(gradient=grad)
            optimizer.step()
            total += loss.item()
        print(epoch, total / len(loader))
