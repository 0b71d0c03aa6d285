import math

from .engine import Trainer


def fit(model, optimizer, loader, epochs, accum_steps):
    trainer = Trainer(model, optimizer, accum_steps)
    updates = math.ceil(len(loader) / accum_steps)
    for epoch in range(epochs):
        print(epoch, trainer.epoch(loader) / updates)
