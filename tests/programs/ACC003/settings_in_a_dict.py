"""N is an entry of a dict that is written out; under its key it is a name like any other."""

SETTINGS = {"accumulate": 4, "lr": 0.1}
OPTIONS = dict(every=4, seed=0)


def train(model, loader, optimizer, criterion):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / SETTINGS["accumulate"]
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % SETTINGS["accumulate"] == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total / len(loader))


def fit(model, loader, optimizer, criterion, every=None):
    every = every or OPTIONS["every"]
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        if every > 1:
            loss = loss / every
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total / len(loader))
