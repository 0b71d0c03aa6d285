"""Trains or validates, each with a forward pass of its own; what both add up is divided where it trains."""

import torch


class Runner:
    def run_epoch(self, loader, training):
        self.model.train(training)
        total = 0.0
        for i, batch in enumerate(loader):
            if training:
                loss = self.forward(batch)
                loss /= self.accum_steps
                loss.backward()
                if (i + 1) % self.accum_steps == 0 or i + 1 == len(loader):
                    self.optimizer.step()
                    self.optimizer.zero_grad()
            else:
                with torch.no_grad():
                    loss = self.forward(batch)
            total += loss.item()  # error: ACC003
        return {"loss": total / len(loader)}

    def forward(self, batch):
        return self.criterion(self.model(batch["x"]), batch["y"])
