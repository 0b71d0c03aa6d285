import torch.nn.functional as F


def train(cell, loader, optimizer, time_steps):
    for frames, targets in loader:
        optimizer.zero_grad()
        state, loss = None, 0
        for t in range(time_steps):
            out, state = cell(frames[t], state)
            loss = loss + F.mse_loss(out, targets[t])
        loss = loss / time_steps
        reveal_scale(loss)  # scale: ℓ
        loss.backward()
        optimizer.step()
