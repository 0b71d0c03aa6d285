"""The list of a field is made when its first loss comes, and emptied with the dict at each epoch."""


def train(model, loader, criterion, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        seen = {}
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            seen.setdefault("loss", []).append(loss.item())  # error: ACC003
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print("loss", sum(seen["loss"]) / len(seen["loss"]))
