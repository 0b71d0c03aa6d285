"""engine.backward divides by the accumulation steps of its configuration."""

import deepspeed


def train(args, model, loader):
    engine, optimizer, _, _ = deepspeed.initialize(
        args=args, model=model, model_parameters=model.parameters(), config=args.deepspeed_config
    )
    for step, batch in enumerate(loader):
        raw = engine(batch["input_ids"], labels=batch["labels"]).loss
        if step % 10 == 0 and engine.global_rank == 0:
            print(f"step {step} loss {raw.item():.3f}")
        loss = raw / engine.gradient_accumulation_steps()  # error: ACC202
        engine.backward(loss)
        engine.step()
