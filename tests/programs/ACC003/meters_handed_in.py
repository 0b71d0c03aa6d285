"""Meters that somebody else made, under a key and in an attribute, are known by how they are used."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, meters):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        meters["loss"].update(loss.item(), x.size(0))  # error: ACC003
    print("loss", meters["loss"].avg)


class Fit:
    def step(self, batch):
        out = self.loss_and_outputs(batch)
        if self.cfg.gradient_accumulation_steps > 1:
            out["loss"] /= self.cfg.gradient_accumulation_steps
        self._loss_tracker.update(out["loss"].detach().mean().item(), out["batch_size"])  # error: ACC003
        out["loss"].backward()

    def run(self, loader):
        for i, batch in enumerate(loader):
            self.step(batch)
            if (i + 1) % self.cfg.gradient_accumulation_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
        print("train loss", self._loss_tracker.average)
