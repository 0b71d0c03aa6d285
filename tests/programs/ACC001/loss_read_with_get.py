"""What a model gives is read twice with get(): the loss that is divided, and the one that is added."""


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, batch in enumerate(loader):
        outputs = model(**batch)
        loss = outputs.get("loss") / accum_steps
        loss.backward()
        total += outputs.get("loss").item()  # error: ACC001
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(total / (len(loader) / accum_steps))
