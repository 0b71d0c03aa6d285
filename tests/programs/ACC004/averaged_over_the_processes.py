"""Summed over the processes and divided by their number, it is the divided loss still."""

import torch.distributed as dist
import torch.nn.functional as F


def train(model, loader, optimizer, writer, accum_steps):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        reduced = loss.detach().clone()
        dist.all_reduce(reduced)
        reduced /= dist.get_world_size()
        writer.add_scalar("train/loss", reduced.item(), step)  # error: ACC004


def train_and_reduce_in_place(model, loader, optimizer, writer, accum_steps):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        dist.all_reduce(loss)
        writer.add_scalar("train/loss", loss.item() / dist.get_world_size(), step)  # error: ACC004
