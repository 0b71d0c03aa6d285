import torch.nn.functional as F
from apex.fp16_utils import FP16_Optimizer


def train(model, loader, inner, accum_steps):
    optimizer = FP16_Optimizer(inner)
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        optimizer.backward(loss)
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
