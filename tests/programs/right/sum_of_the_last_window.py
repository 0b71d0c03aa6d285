"""The last N of the divided losses make one mean."""


def train(model, loader, criterion, optimizer, accum_steps):
    losses = []
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        losses.append(loss.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            window = losses[-accum_steps:]
            print("loss", sum(window))
