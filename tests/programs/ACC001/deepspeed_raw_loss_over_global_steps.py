"""engine.backward leaves its argument raw; the engine's boundary counts optimizer steps."""

import deepspeed


def run(args, model, loader, ds_config):
    engine, _, _, _ = deepspeed.initialize(
        args=args, model=model, model_parameters=model.parameters(), config=ds_config
    )
    loss_sum, global_steps = 0.0, 0
    for batch in loader:
        loss = engine(batch["input_ids"], labels=batch["labels"]).loss
        engine.backward(loss)
        loss_sum += loss.item()  # error: ACC001
        if engine.is_gradient_accumulation_boundary():
            global_steps += 1
        engine.step()
    if engine.global_rank == 0:
        print(f"train_loss: {loss_sum / global_steps:.4f}")
