import torch.nn.functional as F


def train(model, heads, loader, optimizer, accum_steps):
    for i, (x, targets) in enumerate(loader):
        features = model(x)
        loss = (F.cross_entropy(heads[0](features), targets[0]) + F.cross_entropy(heads[1](features), targets[1])) / len(heads)
        reveal_scale(loss)  # scale: ℓ
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
