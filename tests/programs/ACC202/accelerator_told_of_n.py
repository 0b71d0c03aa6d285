"""The Accelerator was told of N and divides; so does the script."""

import torch.nn.functional as F
from accelerate import Accelerator


def main(args, model, optimizer, scheduler, loader):
    accelerator = Accelerator(
        mixed_precision="fp16", gradient_accumulation_steps=args.gradient_accumulation_steps
    )
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for epoch in range(args.num_epochs):
        for x, y in loader:
            with accelerator.accumulate(model):
                loss = F.cross_entropy(model(x), y)
                loss = loss / args.gradient_accumulation_steps  # error: ACC202
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
