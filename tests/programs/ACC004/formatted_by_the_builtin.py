"""format() and repr() make text of the number, and the text is shown."""

import torch.nn.functional as F


def train(model, loader, optimizer, progress, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", format(loss.item(), ".4f"))  # error: ACC004
            print("loss " + repr(loss.item()))  # error: ACC004
            progress.set_postfix(loss=format(loss.item(), ".3f"))  # error: ACC004
