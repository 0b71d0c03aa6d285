"""The line that is printed is put together from several strings."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epoch):
    total, correct = 0.0, 0
    for i, (x, y) in enumerate(loader):
        out = model(x)
        loss = F.cross_entropy(out, y) / accum_steps
        loss.backward()
        total += loss.item()  # error: ACC003
        correct += (out.argmax(1) == y).sum().item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print(
        f"epoch {epoch} | "
        f"train loss {total / len(loader):.4f} | "
        f"correct {correct}"
    )
