"""engine.backward and engine.step know the boundary; the argument stays raw."""

import deepspeed


def train(args, model, loader):
    engine, _, _, _ = deepspeed.initialize(
        args=args, model=model, model_parameters=model.parameters(), config=args.ds_config
    )
    for epoch in range(args.epochs):
        mean_loss = 0.0
        for step, batch in enumerate(loader):
            loss = engine(batch["input_ids"], labels=batch["labels"]).loss
            engine.backward(loss)
            engine.step()
            mean_loss += loss.item()
            if step % 10 == 0 and engine.global_rank == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
        print(f"epoch {epoch} mean loss {mean_loss / len(loader):.4f}")
