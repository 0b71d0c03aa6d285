import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epochs):
    micro = updates = finished = 0
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            micro += 1
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
                updates += 1
        finished += 1
    reveal_scale(micro)  # scale: m·epochs
    reveal_scale(updates)  # scale: m·epochs/N
    reveal_scale(finished)  # scale: epochs
