"""The step is out of sight, so that update_freq is N only by its name: a warning."""

import torch.nn.functional as F
from tqdm import tqdm


def train(model, loader, stepper, cfg):
    bar = tqdm(loader)
    for i, (x, y) in enumerate(bar):
        loss = F.cross_entropy(model(x), y)
        loss = loss / cfg.update_freq
        loss.backward()
        stepper.after_micro_batch(i)
        bar.set_postfix(loss=loss.item())  # warning: ACC004
