"""Nothing but the name refers to the tensor that is divided."""


def train(model, loader, optimizer, accum_steps):
    for i, batch in enumerate(loader):
        loss = model(**batch).loss
        loss /= accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
