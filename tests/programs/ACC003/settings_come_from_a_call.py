"""What a call returns holds the settings; N is one of them, whatever else might be in it."""

import argparse


def parse_args(accumulation_steps):
    parser = argparse.ArgumentParser()
    parser.add_argument("--gradient_accumulation_steps", type=int, default=accumulation_steps)
    args = parser.parse_args([])
    args.seed = 0
    return args


def main(model, loader, optimizer, criterion, accumulation_steps):
    args = parse_args(accumulation_steps)
    running = 0.0
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        if args.gradient_accumulation_steps > 1:
            loss = loss / args.gradient_accumulation_steps
        loss.backward()
        running += loss.item()  # error: ACC003
        if (step + 1) % args.gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", running / len(loader))
