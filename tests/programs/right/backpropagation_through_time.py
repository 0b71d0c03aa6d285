"""Losses are summed over time steps and backpropagated; the number of steps is not N."""

import torch.nn.functional as F


def train(rnn, loader, optimizer, seq_len, epochs):
    for epoch in range(epochs):
        total = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            hidden = None
            loss = 0
            for t in range(seq_len):
                output, hidden = rnn(inputs[:, t], hidden)
                loss += F.cross_entropy(output, targets[:, t])
            loss = loss / seq_len
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}: {total / len(loader):.4f}")
