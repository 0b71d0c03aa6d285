import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, decay=0.9):
    smooth = None
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        smooth = loss.item() if smooth is None else decay * smooth + (1 - decay) * loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(smooth)  # scale: ℓ/N
