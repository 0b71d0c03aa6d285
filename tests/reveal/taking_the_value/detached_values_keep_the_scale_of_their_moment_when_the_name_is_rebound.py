import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        early = loss.detach()
        loss = loss / accum_steps
        loss.backward()
        late = loss.detach()
        reveal_scale(early)  # scale: ℓ
        reveal_scale(late)  # scale: ℓ/N
        reveal_scale(loss.data)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
