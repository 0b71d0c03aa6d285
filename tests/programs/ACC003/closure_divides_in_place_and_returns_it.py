"""The micro-batch is a closure, which divides its loss in place and returns it: the name it is given is no alias."""


def train(model, loader, criterion, optimizer, accum_steps):
    def micro_step(x, y):
        loss = criterion(model(x), y)
        loss /= accum_steps
        loss.backward()
        return loss.detach()

    total = 0.0
    for i, (x, y) in enumerate(loader):
        value = micro_step(x, y)
        total += value.item()  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
