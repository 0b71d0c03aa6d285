import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.nll_loss(model(x), y, reduction="sum")
        reveal_scale(loss)  # scale: ℓ·b
        total += loss.item()
        (loss / len(x) / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader.dataset))  # scale: ℓ
