"""The name was rebound to the scaled loss before it was logged."""

import torch
import torch.nn.functional as F
from torch.utils.tensorboard import SummaryWriter


def finetune(model, loader, optimizer, logdir):
    writer = SummaryWriter(logdir)
    scaler = torch.cuda.amp.GradScaler(init_scale=2.0**14)
    for step, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        with torch.cuda.amp.autocast():
            loss = F.cross_entropy(model(x), y)
        loss = scaler.scale(loss)
        loss.backward()
        scaler.step(optimizer)
        scaler.update()
        writer.add_scalar("loss", loss.item(), step)  # error: ACC005
