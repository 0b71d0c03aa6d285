import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    epoch_loss, running = 0.0, 0.0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        running += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(running)  # scale: ℓ·N
            epoch_loss += running
            running = 0.0
    reveal_scale(epoch_loss)  # scale: ℓ·m
    reveal_scale(epoch_loss / len(loader))  # scale: ℓ
