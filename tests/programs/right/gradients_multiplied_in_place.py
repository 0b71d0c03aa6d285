"""Meta-learning that divides the gradients of the tasks before it steps."""


def meta_train(model, loader, criterion, optimizer, iterations, n_accum):
    tasks = iter(loader)
    for iteration in range(iterations):
        optimizer.zero_grad()
        meta_loss = 0.0
        for _ in range(n_accum):
            x, y = next(tasks)
            loss = criterion(model(x), y)
            loss.backward()
            meta_loss += loss.item()
        for p in model.parameters():
            p.grad.data.mul_(1.0 / n_accum)
        optimizer.step()
        print(iteration, "meta loss", meta_loss / n_accum)
