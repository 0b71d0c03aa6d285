"""The first step comes at the N+1st micro-batch, the last one at the end of the loader."""


def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i % accum_steps == 0 and i > 0) or i == len(loader) - 1:
            optimizer.step()
            optimizer.zero_grad()
