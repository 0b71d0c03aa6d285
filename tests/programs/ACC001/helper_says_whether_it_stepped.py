"""A helper divides, steps, and says whether it stepped; raw losses are divided by how often it said so."""


def backward_and_step(loss, optimizer, i, count, accum_steps):
    loss = loss / accum_steps
    loss.backward()
    if (i + 1) % accum_steps == 0 or i + 1 == count:
        optimizer.step()
        optimizer.zero_grad()
        return True
    return False


def train(model, loader, criterion, optimizer, accum_steps):
    running, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        stepped = backward_and_step(loss, optimizer, i, len(loader), accum_steps)
        running += loss.item()  # error: ACC001
        if stepped:
            updates += 1
    print("loss", running / updates)
