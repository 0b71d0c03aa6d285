"""Functions that print on one process or into a file are told by their names."""

import torch.nn.functional as F
from project.logs import log_string, print0, print_log, rank0_print


def train(model, loader, optimizer, io, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        print0(f"train loss {loss.item():.4f}")  # error: ACC004
        rank0_print(f"train loss {loss.item():.4f}")  # error: ACC004
        log_string("train loss %.4f" % loss.item())  # error: ACC004
        print_log("train loss %.4f" % loss.item())  # error: ACC004
        io.cprint("train loss %.4f" % loss.item())  # error: ACC004
