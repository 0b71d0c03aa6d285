import torch.nn.functional as F


def train(model, loader, optimizer, total_batch_size, device_batch_size):
    accum_steps = total_batch_size // device_batch_size
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()


class Trainer:
    def __init__(self, model, optimizer, cfg):
        self.model, self.optimizer = model, optimizer
        self.accumulate = max(1, cfg.global_batch_size // cfg.device_batch_size)

    def run(self, loader):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(self.model(x), y) / self.accumulate
            reveal_scale(loss)  # scale: ℓ/N
            loss.backward()
            if (i + 1) % self.accumulate == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
