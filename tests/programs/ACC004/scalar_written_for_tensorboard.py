"""The writer's tag says loss, its value is loss / N."""

import torch
import torch.nn.functional as F
from torch.utils.tensorboard import SummaryWriter


class Runner:
    def __init__(self, model, optimizer, accum_iter, logdir):
        self.model, self.optimizer, self.accum_iter = model, optimizer, accum_iter
        self.writer = SummaryWriter(logdir)
        self.scaler = torch.cuda.amp.GradScaler()
        self.iteration = 0

    def train_epoch(self, loader):
        for i, (x, y) in enumerate(loader):
            with torch.cuda.amp.autocast():
                loss = F.mse_loss(self.model(x), y) / self.accum_iter
            self.scaler.scale(loss).backward()
            if (i + 1) % self.accum_iter == 0 or (i + 1) == len(loader):
                self.scaler.step(self.optimizer)
                self.scaler.update()
                self.optimizer.zero_grad()
            self.writer.add_scalar("Loss/train", loss.item(), self.iteration)  # error: ACC004
            self.iteration += 1
