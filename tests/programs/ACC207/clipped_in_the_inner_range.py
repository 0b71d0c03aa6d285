"""Values are clipped inside the window."""

import torch.nn.functional as F
from torch.nn.utils import clip_grad_value_


class Pretrainer:
    def __init__(self, model, optimizer, batches, accumulate):
        self.model, self.optimizer, self.batches = model, optimizer, batches
        self.accumulate = accumulate

    def fit(self, n_updates):
        for update in range(n_updates):
            window = 0.0
            for _ in range(self.accumulate):
                x, y = next(self.batches)
                loss = F.cross_entropy(self.model(x), y) / self.accumulate
                loss.backward()
                clip_grad_value_(self.model.parameters(), 0.5)  # warning: ACC207
                window += loss.item()
            self.optimizer.step()
            self.optimizer.zero_grad()
            print(f"{update}: loss {window:.4f}")
