"""The scaled loss is summed, and divided by the length of another loader: by how much it is off nobody can say."""


def train(model, loader, test_loader, criterion, optimizer, scaler, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = scaler.scale(criterion(model(x), y) / accum_steps)
        loss.backward()
        total += loss.item()  # error: ACC005
        if (i + 1) % accum_steps == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    print("loss", total / len(test_loader))
