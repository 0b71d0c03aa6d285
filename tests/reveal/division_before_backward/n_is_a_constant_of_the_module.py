import torch.nn.functional as F

BATCH_CHUNK = 4


def train(model, loader, optimizer):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / BATCH_CHUNK
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % BATCH_CHUNK == 0:
            optimizer.step()
            optimizer.zero_grad()
