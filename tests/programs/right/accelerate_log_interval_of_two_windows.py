"""sync_gradients holds at the end of a window, and the interval inside it holds two of them."""

from accelerate import Accelerator


def finetune(model, optimizer, loader, accum_steps, logger):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    running = 0.0
    for i, batch in enumerate(loader):
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            running += loss.item() / accum_steps
            if accelerator.sync_gradients:
                optimizer.step()
                optimizer.zero_grad()
                if (i + 1) % (accum_steps * 2) == 0:
                    logger.log({"train_loss": running / 2})
                    running = 0.0
