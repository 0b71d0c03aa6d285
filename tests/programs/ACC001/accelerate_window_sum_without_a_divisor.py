"""The raw losses between two steps of the accelerator are summed and logged as one."""

import torch.nn.functional as F
from accelerate import Accelerator


def main(args, model, optimizer, loader):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    train_loss = 0.0
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = F.mse_loss(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        train_loss += loss.item()  # error: ACC001
        if accelerator.sync_gradients:
            accelerator.log({"train_loss": train_loss})
            train_loss = 0.0
