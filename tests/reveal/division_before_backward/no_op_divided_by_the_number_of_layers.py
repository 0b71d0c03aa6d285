import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        outputs = model(x)
        loss = 0.0
        for output in outputs:
            loss = loss + F.cross_entropy(output, y)
        loss = loss / len(outputs)
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
