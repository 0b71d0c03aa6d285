import torch.nn.functional as F


def train_one_epoch(model, loader, optimizer, accum_steps):
    model.train()
    train_loss, n_updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        raw_loss = F.cross_entropy(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.item()  # error: ACC001
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            n_updates += 1
    return train_loss, n_updates
