import torch.nn.functional as F


def train(model, loader, optimizer, print_every):
    shown = 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (i + 1) % print_every == 0:
            shown += 1
    reveal_scale(loss)  # scale: ℓ
    reveal_scale(shown)  # scale: m/print_every
