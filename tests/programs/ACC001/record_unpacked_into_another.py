"""The raw losses of a window are added up in a dict, which is unpacked into the record that is shown."""


def train(model, loader, criterion, optimizer, accum_steps):
    batches = iter(loader)
    for step in range(len(loader) // accum_steps):
        sums = {}
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = criterion(model(x), y)
            (loss / accum_steps).backward()
            sums["loss"] = sums.get("loss", 0.0) + loss.item()  # error: ACC001
        optimizer.step()
        optimizer.zero_grad()
        print({**sums, "step": step})
