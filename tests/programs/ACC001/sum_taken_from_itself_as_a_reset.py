"""The undivided losses since the last log, over the optimizer steps since then; ``x -= x`` sets the sum back."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, logging_steps, accum_steps):
    tr_loss = torch.tensor(0.0)
    global_step = last_logged = 0
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        tr_loss += loss.detach()  # error: ACC001
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            global_step += 1
            if global_step % logging_steps == 0:
                tr_loss_scalar = tr_loss.item()
                tr_loss -= tr_loss
                print("loss", round(tr_loss_scalar / (global_step - last_logged), 4))
                last_logged = global_step
