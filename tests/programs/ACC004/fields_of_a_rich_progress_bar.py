"""A progress bar of rich shows the loss in its description or in a field of its own."""

import torch.nn.functional as F
from rich.progress import Progress


def train(model, loader, optimizer, accum_steps):
    with Progress() as bars:
        task = bars.add_task("training", total=len(loader))
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            bars.update(task, advance=1, description=f"loss {loss.item():.4f}")  # error: ACC004
            bars.update(task, loss=loss.item())  # error: ACC004
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
