"""Divided losses that are scaled back after they were put in a list or an array."""

import numpy as np
import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    last, each, whole, replaced = [], [], [], []
    filled, scaled, cells = np.zeros(len(loader)), torch.zeros(len(loader)), [0.0] * len(loader)
    also_filled = filled
    for i, (x, y) in enumerate(loader):
        raw_loss = F.mse_loss(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        last.append(loss.item())
        last[-1] *= accum_steps
        replaced.append(loss.item())
        replaced[-1] = raw_loss.item()
        each.append(loss.item())
        whole.append(loss.item())
        filled[i] = loss.item()
        scaled[i] = loss.detach()
        cells[i] = loss.item()
        cells[i] += raw_loss.item() - loss.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    for at in range(len(each)):
        each[at] *= accum_steps
    whole[:] = [loss * accum_steps for loss in whole]
    also_filled[:] *= accum_steps
    scaled.mul_(accum_steps)
    print("loss", np.mean(last), np.mean(each), np.mean(whole), np.mean(replaced))
    print("loss", filled.mean(), scaled.mean().item(), np.mean(cells))
