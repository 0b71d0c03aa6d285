"""Divided in the call, and once more inside it."""

from accelerate import Accelerator

GRAD_ACCUM = 8


def finetune(model, optimizer, loader):
    accelerator = Accelerator(gradient_accumulation_steps=GRAD_ACCUM)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    model.train()
    for step, batch in enumerate(loader, 1):
        outputs = model(**batch)
        accelerator.backward(outputs.loss / GRAD_ACCUM)  # error: ACC202
        if step % GRAD_ACCUM == 0:
            optimizer.step()
            optimizer.zero_grad()
        if step % 100 == 0:
            accelerator.print(f"step {step}: loss {outputs.loss.item():.4f}")
