"""A line that is continued in its indentation: libcst takes it to be one of another block."""


def pretrain(model, loader, optimizer, accum_iter, meter):
    for i, x in enumerate(loader):
        loss = model(x)
        loss = loss / accum_iter
        loss.backward()
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
        \
meter.update(loss=loss.item())
