"""A penalty or the losses of all heads are added up within one micro-batch; what is shown is one loss, divided."""

import torch.nn.functional as F


def with_a_penalty(model, batches, optimizer, writer, max_steps, accum_steps):
    for step in range(max_steps):
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = F.mse_loss(model(x), y)
            loss += 0.1 * model.weight.square().sum()
            loss = loss / accum_steps
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        writer.add_scalar("train/loss", loss.item(), step)  # error: ACC004


def over_the_labels(model, loader, optimizer, progress, accum_steps):
    for i, (x, y) in enumerate(loader):
        out = model(x)
        loss = 0
        for label in range(y.size(1)):
            loss = loss + F.mse_loss(out[:, label], y[:, label]) / y.size(1)
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        progress.set_postfix(loss=loss.item())  # error: ACC004
