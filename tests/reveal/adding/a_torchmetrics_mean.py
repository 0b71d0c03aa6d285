import torch.nn.functional as F
from torchmetrics import MeanMetric


def train(model, loader, optimizer, accum_steps):
    metric = MeanMetric()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        metric.update(loss.detach(), weight=x.size(0))
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(metric.compute())  # scale: ℓ/N
