"""The tag is given by name, as is the number."""


def train(model, loader, criterion, optimizer, writer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
        writer.add_scalar(tag="train/loss", scalar_value=loss.item(), global_step=i)  # error: ACC004
