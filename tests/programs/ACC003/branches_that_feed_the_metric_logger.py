"""The model computes its own loss in either branch, and the logger averages it divided."""


def pretrain(model, loader, optimizer, accum_iter, metric_logger, masked):
    for i, x in enumerate(loader):
        if masked == "blocks":
            loss, similarity = model(x)
        elif masked == "pixels":
            loss, reconstruction = model(x)
        loss = loss / accum_iter
        loss.backward()
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
        metric_logger.update(loss=loss.item())  # error: ACC003
