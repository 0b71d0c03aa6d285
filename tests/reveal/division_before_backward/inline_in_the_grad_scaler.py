import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    scaler = torch.amp.GradScaler()
    for i, (x, y) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = F.cross_entropy(model(x), y)
        scaler.scale(loss / accum_iter).backward()
        reveal_scale(loss)  # scale: ℓ
        if (i + 1) % accum_iter == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
