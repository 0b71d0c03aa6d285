"""A weighted sum of tasks, divided by their number: division by something else than N."""

import torch.nn.functional as F


class MultiTask:
    def __init__(self, trunk, heads, weights, optimizer):
        self.trunk, self.heads, self.weights, self.optimizer = trunk, heads, weights, optimizer

    def train_epoch(self, loader):
        sums = {name: 0.0 for name in self.heads}
        total = 0.0
        for x, targets in loader:
            features = self.trunk(x)
            self.optimizer.zero_grad()
            loss = 0
            for name, head in self.heads.items():
                task_loss = F.cross_entropy(head(features), targets[name])
                loss = loss + self.weights[name] * task_loss
                sums[name] += task_loss.item()
            loss = loss / len(self.heads)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(loader), {name: s / len(loader) for name, s in sums.items()}
