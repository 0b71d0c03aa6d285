"""The interval counts optimizer steps, and the sum is divided by the same number with a decimal point."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    updates, running = 0, 0.0
    for epoch in range(epochs):
        for step, (x, y) in enumerate(loader, start=1):
            loss = F.cross_entropy(model(x), y)
            (loss / accum_steps).backward()
            running += float(loss.detach())  # error: ACC001
            if step % accum_steps == 0 or step == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                updates += 1
                if updates % 2 == 0:
                    print(f"update {updates} loss={running / 2.0:.4f}")
                    running = 0.0
