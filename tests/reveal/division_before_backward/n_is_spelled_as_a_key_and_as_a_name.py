import torch.nn.functional as F


def train(model, loader, optimizer, config):
    accum_grad = config["accum_grad"]
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss = loss / accum_grad
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % config["accum_grad"] == 0:
            optimizer.step()
            optimizer.zero_grad()
