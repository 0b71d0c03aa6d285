"""L-BFGS calls its closure as often as it likes."""

import torch
import torch.nn.functional as F


def style_transfer(image, extract, wanted, num_steps):
    optimizer = torch.optim.LBFGS([image.requires_grad_()])
    run = 0
    while run <= num_steps:

        def closure():
            nonlocal run
            optimizer.zero_grad()
            loss = 0
            for feature, target in zip(extract(image), wanted):
                loss += F.mse_loss(feature, target)
            loss.backward()
            run += 1
            if run % 50 == 0:
                print(f"run {run}: loss {loss.item():.4f}")
            return loss

        optimizer.step(closure)
    return image
