import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epochs):
    history = torch.zeros(epochs)
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            history[epoch] += loss.item()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        reveal_scale(history[epoch])  # scale: ℓ·m/N
        history[epoch] /= len(loader)
        reveal_scale(history[epoch])  # scale: ℓ/N
