"""The config says one, and the script divides."""

import deepspeed


def train(net, loader, args):
    cfg = {"train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 1}
    engine, *_ = deepspeed.initialize(model=net, config=cfg)
    for i, b in enumerate(loader):
        loss = engine(b)
        engine.backward(loss / args.gas)
        if (i + 1) % args.gas == 0:
            engine.step()
