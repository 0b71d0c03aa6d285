import torch.nn as nn

criterion = nn.CrossEntropyLoss()


def run_epoch(net, batches, opt, acc):
    loss_sum = 0.0
    for k, (x, y) in enumerate(batches, 1):
        loss = criterion(net(x), y)
        loss = loss / acc
        loss.backward()
        loss_sum += loss.item()  # error: ACC003
        if k % acc == 0 or k == len(batches):
            opt.step()
            opt.zero_grad()
    return loss_sum
