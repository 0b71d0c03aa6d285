"""The loss is repeated for every sample, averaged over the processes, divided by N and averaged over the loader."""

import torch.nn.functional as F
from accelerate import Accelerator


def main(args, model, optimizer, loader):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(args.num_train_epochs):
        train_loss = 0.0
        for x, y in loader:
            with accelerator.accumulate(model):
                loss = F.mse_loss(model(x), y)
                avg_loss = accelerator.gather(loss.repeat(args.train_batch_size)).mean()
                train_loss += avg_loss.item() / args.gradient_accumulation_steps  # error: ACC003
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
        accelerator.print(f"epoch {epoch}: {train_loss / len(loader):.4f}")
