import torch.nn.functional as F


def backward(loss, retain_graph=False):
    loss.backward(retain_graph=retain_graph)


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        backward(loss / accum_iter, retain_graph=False)
        reveal_scale(loss)  # scale: ℓ
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
