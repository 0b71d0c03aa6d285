"""Inside accumulate the step waits for the boundary by itself; clipping does not."""

from accelerate import Accelerator


def train(args, model, optimizer, loader):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(args.epochs):
        for batch in loader:
            with accelerator.accumulate(model):
                loss = model(**batch).loss
                accelerator.backward(loss)
                accelerator.clip_grad_norm_(model.parameters(), 1.0)  # warning: ACC207
                optimizer.step()
                optimizer.zero_grad()
