"""The window is counted down, and its losses are averaged divided."""

from tqdm import tqdm


def train(loader_data, model, criterion, optimizer, batch_multiplier=1):
    losses = AverageMeter()
    model.train()
    count = 0
    first = 0
    last = 0
    for i, (x, t) in tqdm(enumerate(loader_data), total=len(loader_data)):
        if count == 0:
            optimizer.step()
            optimizer.zero_grad()
            count = batch_multiplier
        out = model(x)
        loss = criterion(out, t)
        if i == 0:
            first = loss.item()
        else:
            last = loss.item()
        loss = loss / batch_multiplier
        loss.backward()
        count -= 1
        losses.update(loss.item(), x.size(0))  # error: ACC003
    print("loss_0: ", first, "loss_n:", last)
    optimizer.zero_grad()
    return losses.avg
