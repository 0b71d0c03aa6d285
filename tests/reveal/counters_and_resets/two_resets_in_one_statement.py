import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, count = 0, 0
    a = b = 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total, count = total + loss.item(), count + 1
        a += loss.item()
        b += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(a)  # scale: ℓ
            reveal_scale(b)  # scale: N
            a = b = 0
    reveal_scale(total / count)  # scale: ℓ/N
