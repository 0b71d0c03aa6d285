"""What engine.backward returns is already divided by the accumulation steps of the configuration."""

import deepspeed


def train_epoch(args, model, loader):
    engine, _, _, _ = deepspeed.initialize(
        args=args, model=model, model_parameters=model.parameters(), config=args.ds_config
    )
    total = 0.0
    for batch in loader:
        loss = engine(batch)
        loss = engine.backward(loss)
        engine.step()
        total += loss.item()  # error: ACC003
    return total / len(loader)
