import torch.nn.functional as F
from timm.utils import AverageMeter


def train(model, loader, optimizer, accum_steps):
    losses = AverageMeter()
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        losses.update(raw.item(), x.size(0))
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(losses.avg)  # scale: ℓ
    reveal_scale(losses.val)  # scale: ℓ
