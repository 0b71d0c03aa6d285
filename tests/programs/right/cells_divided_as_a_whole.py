"""Sums in the cells of an array, which is divided as a whole: in place, under its own name, in a function."""

import numpy as np
import torch
import torch.nn.functional as F


def average(sums, count):
    sums /= count


def train(model, loader, optimizer, accum_steps):
    squared, absolute, both, window = np.zeros(2), np.zeros(2), torch.zeros(2), torch.zeros(2)
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        mse, l1 = F.mse_loss(prediction, y), F.l1_loss(prediction, y)
        ((mse + l1) / accum_steps).backward()
        squared[0] += mse.item()
        absolute[0] += l1.item()
        both[0] += mse.item()
        both[1] += l1.item()
        window[0] += mse.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            window /= accum_steps
            print("loss of the window", window[0].item())
            window = torch.zeros(2)
    squared = squared / len(loader)
    average(absolute, len(loader))
    both.div_(len(loader))
    print("loss", squared[0], absolute[0], both[0].item(), both[1].item())
