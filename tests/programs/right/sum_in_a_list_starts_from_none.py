"""The element of the list is None where a window begins; what the list began with is the same nothing."""


def train(model, loader, optimizer, accum_steps, epochs):
    for _ in range(epochs):
        total = [None]
        batches = iter(loader)
        for _ in range(len(loader) // accum_steps):
            for _ in range(accum_steps):
                x, y = next(batches)
                loss = model(x, labels=y).loss
                (loss / accum_steps).backward()
                total[0] = loss.item() if total[0] is None else total[0] + loss.item()
            optimizer.step()
            optimizer.zero_grad()
            print("loss", total[0] / accum_steps)
            total[0] = None
