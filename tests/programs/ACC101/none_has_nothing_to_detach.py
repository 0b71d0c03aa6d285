"""One of the losses is optional: where it is None there is nothing to detach, so no fix is offered."""

import torch
import torch.nn.functional as F


class Trainer:
    def update(self, x, y):
        prediction = self.model(x)
        loss = F.mse_loss(prediction, y)
        if self.penalised:
            penalty = F.l1_loss(prediction, y)
            whole = loss + penalty
        else:
            penalty = None
            whole = loss
        self.optimizer.zero_grad()
        whole.backward()
        self.optimizer.step()
        return loss.detach(), penalty

    def train(self, loader):
        losses, penalties = [], []
        for x, y in loader:
            loss, penalty = self.update(x, y)
            losses.append(loss)
            penalties.append(penalty)  # warning: ACC101
        print("loss", torch.stack(losses).mean().item())
        return penalties
