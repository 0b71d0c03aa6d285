"""The divided loss goes into a named field."""


def train(loader, model, criterion, optimizer, epoch, args, logger, pbar):
    for i, (x, t) in enumerate(loader):
        loss = criterion(model(x), t) / args.iter_size
        loss.backward()
        if (i + 1) % args.iter_size == 0:
            optimizer.step()
            optimizer.zero_grad()
        if i % args.print_freq == 0:
            print("Loss {loss:.4f}".format(loss=loss.item()))  # error: ACC004
