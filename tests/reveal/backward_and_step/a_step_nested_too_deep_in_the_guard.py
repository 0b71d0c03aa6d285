import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, warmup):
    reached = 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            reached += 1
            if i > warmup:
                optimizer.step()
                optimizer.zero_grad()
    reveal_scale(loss)  # scale: ℓ/N
    reveal_scale(reached)  # scale: m/N
