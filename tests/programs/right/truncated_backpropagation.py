"""A chunk of time steps, its own loss, its own step: `% chunk` closes a chunk, not a window."""

import torch.nn.functional as F


def train(rnn, stream, optimizer, chunk):
    hidden, loss = None, 0.0
    for t, (x, y) in enumerate(stream, 1):
        output, hidden = rnn(x, hidden)
        loss = loss + F.mse_loss(output, y)
        if t % chunk == 0:
            loss = loss / chunk
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            print(f"t={t} loss={loss.item():.4f}")
            hidden = hidden.detach()
            loss = 0.0
