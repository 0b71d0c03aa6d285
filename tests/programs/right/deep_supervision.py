"""Every scale of one output is backpropagated by itself."""


def deep_supervision(model, loader, optimizer, criterion, scales):
    ep = 0
    for x, y in loader:
        optimizer.zero_grad()
        outs = model(x)
        for k in range(scales):
            loss = criterion(outs[k], y[k])
            loss.backward(retain_graph=(k < scales - 1))
            ep += loss.item()
        optimizer.step()
    print("loss", ep / len(loader))
