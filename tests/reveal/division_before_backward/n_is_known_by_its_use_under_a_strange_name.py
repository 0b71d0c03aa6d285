import torch.nn.functional as F


def train(model, loader, optimizer, patience_of_the_optimizer):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / patience_of_the_optimizer
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % patience_of_the_optimizer == 0:
            optimizer.step()
            optimizer.zero_grad()
