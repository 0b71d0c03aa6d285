import torch.nn.functional as F


def training_loss(model, x, y, accum_steps):
    return F.cross_entropy(model(x), y, label_smoothing=0.1) / accum_steps
