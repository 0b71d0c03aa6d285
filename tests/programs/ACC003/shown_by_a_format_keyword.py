"""The mean of divided losses goes into a named field."""


def train(loader, model, criterion, optimizer, epoch, args, logger, pbar):
    tot = 0.0
    for i, (x, t) in enumerate(loader):
        loss = criterion(model(x), t) / args.iter_size
        loss.backward()
        if (i + 1) % args.iter_size == 0:
            optimizer.step()
            optimizer.zero_grad()
        tot += loss.item()  # error: ACC003
        if i % 50 == 0:
            print("step {i} loss {loss:.3f}".format(i=i, loss=tot / (i + 1)))
