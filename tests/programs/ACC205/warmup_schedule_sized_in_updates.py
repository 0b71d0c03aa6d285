"""The schedule is as long as the optimizer steps, and is over after one Nth of the training."""

import torch
from transformers import get_linear_schedule_with_warmup


def train(model, loader, args):
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    updates = len(loader) // args.gradient_accumulation_steps * args.epochs
    scheduler = get_linear_schedule_with_warmup(optimizer, args.warmup, updates)
    for _ in range(args.epochs):
        for step, batch in enumerate(loader):
            loss = model(**batch).loss
            loss = loss / args.gradient_accumulation_steps
            loss.backward()
            if (step + 1) % args.gradient_accumulation_steps == 0 or (step + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
            scheduler.step()  # warning: ACC205
