"""A moving average that begins at zero is divided by 1 - beta ** step, as Adam does it."""


def train(model, loader, criterion, optimizer, accum_steps):
    average, beta = 0.0, 0.98
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        average = beta * average + (1 - beta) * loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        smoothed = average / (1 - beta ** (i + 1))
        print("loss", smoothed)
