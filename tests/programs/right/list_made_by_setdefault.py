"""A list that setdefault makes holds the divided losses of an epoch: their sum over the optimizer steps is right."""


def train(model, loader, criterion, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        seen = {}
        updates = 0
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            seen.setdefault("loss", []).append(loss.item())
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                updates += 1
        print("loss", sum(seen["loss"]) / updates)
