"""What is assigned to the description of a progress bar is shown beside it."""

import torch.nn.functional as F
from tqdm import tqdm


def train(model, loader, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        batches = tqdm(loader)
        for i, (x, y) in enumerate(batches):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            batches.desc = f"epoch {epoch} loss {loss.item():.4f}"  # error: ACC004
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()


def train_steps(model, loader, optimizer, accum_steps):
    with tqdm(total=len(loader)) as bar:
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            bar.postfix = "loss " + str(loss.item())  # error: ACC004
            bar.update()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
