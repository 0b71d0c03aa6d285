import torch.nn.functional as F


class Trainer:
    def __init__(self, model, optimizer, accum_steps):
        self.model, self.optimizer, self.accum_steps = model, optimizer, accum_steps

    def _step(self, batch):
        x, y = batch
        loss = F.cross_entropy(self.model(x), y)
        return loss / self.accum_steps

    def fit(self, loader):
        for i, batch in enumerate(loader):
            loss = self._step(batch)
            reveal_scale(loss)  # scale: ℓ/N
            loss.backward()
            if (i + 1) % self.accum_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
