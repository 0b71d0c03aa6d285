"""One dict for both phases, each entry divided by the length of its own loader."""

import torch
import torch.nn.functional as F


def train(model, loaders, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        totals = {"train": 0.0, "val": 0.0}
        for phase in ("train", "val"):
            for i, (x, y) in enumerate(loaders[phase]):
                with torch.set_grad_enabled(phase == "train"):
                    loss = F.cross_entropy(model(x), y)
                if phase == "train":
                    loss = loss / accum_steps
                    loss.backward()
                    if (i + 1) % accum_steps == 0 or i + 1 == len(loaders[phase]):
                        optimizer.step()
                        optimizer.zero_grad()
                totals[phase] += loss.item()  # error: ACC003
            totals[phase] /= len(loaders[phase])
        print("train loss", totals["train"], "val loss", totals["val"])
