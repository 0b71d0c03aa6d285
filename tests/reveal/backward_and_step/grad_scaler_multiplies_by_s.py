import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_iter):
    scaler = torch.cuda.amp.GradScaler()
    for i, (x, y) in enumerate(loader):
        with torch.cuda.amp.autocast():
            raw = F.cross_entropy(model(x), y)
            loss = raw / accum_iter
        scaled = scaler.scale(loss)
        scaled.backward()
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(scaled)  # scale: ℓ·S/N
        if (i + 1) % accum_iter == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
