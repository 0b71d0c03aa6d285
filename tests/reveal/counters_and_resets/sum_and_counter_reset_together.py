import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every):
    running, count = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()
        count += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        if (i + 1) % log_every == 0:
            reveal_scale(running / count)  # scale: ℓ
            running, count = 0.0, 0
