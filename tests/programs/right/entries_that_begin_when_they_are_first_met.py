"""Three ways to make an entry, of a sum that is divided by as many micro-batches as it was made of."""


def train_epoch(model, loader, optimizer, criterion, accumulation_steps):
    totals, squares, counts = {}, {}, None
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        (raw_loss / accumulation_steps).backward()
        if "loss" not in totals:
            totals["loss"] = 0.0
        totals["loss"] += raw_loss.item()
        if not squares:
            squares = {"loss": 0.0}
        squares["loss"] += raw_loss.item()
        if counts is None:
            counts = 0
        counts += 1
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", totals["loss"] / len(loader))
    print("train loss", squares["loss"] / counts)
