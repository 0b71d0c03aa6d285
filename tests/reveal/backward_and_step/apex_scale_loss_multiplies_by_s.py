import torch.nn.functional as F
from apex import amp


def train(model, loader, optimizer, accum_iter):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_iter
        with amp.scale_loss(loss, optimizer) as scaled_loss:
            scaled_loss.backward()
            reveal_scale(scaled_loss)  # scale: ℓ·S/N
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
