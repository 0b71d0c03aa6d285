import torch.nn.functional as F


def train(model, loader, optimizer, acc_steps):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw.div(acc_steps)
        loss.backward()
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(raw)  # scale: ℓ
        if (i + 1) % acc_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
