"""A record is put together first, and a function of the project logs it."""

from project.logs import log_metrics


def train(model, loader, criterion, optimizer, accum_steps, path):
    running, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()  # error: ACC001
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    record = {"steps": updates, "loss": running / updates}
    log_metrics(path, record)
