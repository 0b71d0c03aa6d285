import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, beta):
    smooth = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        smooth = beta * smooth + (1 - beta) * loss.item()
        reveal_scale(smooth)  # scale: ℓ/N
