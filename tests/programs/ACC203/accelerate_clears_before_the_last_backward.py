"""A zero_grad before the last backward of a window is too early: accelerate runs it there and skips the others."""

import torch.nn.functional as F
from accelerate import Accelerator


def finetune(model, optimizer, loader, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            optimizer.zero_grad()  # error: ACC203
            loss = F.cross_entropy(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
