"""Whether the loss is divided is for a setting to say; where it is off, N is 1."""

import torch.nn.functional as F


def train(model, loader, optimizer, args, accum_steps):
    total = absolute_total = 0.0
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        loss = F.mse_loss(prediction, y)
        if args.use_grad_accum:
            loss = loss / accum_steps
        absolute = F.l1_loss(prediction, y)
        absolute = absolute / accum_steps if args.use_grad_accum and accum_steps > 1 else absolute
        (loss + absolute).backward()
        total += loss.item()  # error: ACC003
        absolute_total += absolute.item()  # error: ACC003
        if not args.use_grad_accum or (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("squared loss", total / len(loader), "absolute loss", absolute_total / len(loader))
