import torch.nn.functional as F


def train(model, loader, optimizer, args):
    accum = args.accum
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / args.accum
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum == 0:
            optimizer.step()
            optimizer.zero_grad()
