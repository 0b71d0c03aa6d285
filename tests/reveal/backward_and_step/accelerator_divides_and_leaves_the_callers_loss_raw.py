from accelerate import Accelerator


def train(model, loader, optimizer, scheduler, gradient_accumulation_steps):
    accelerator = Accelerator(gradient_accumulation_steps=gradient_accumulation_steps)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    total, completed = 0.0, 0
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(**batch).loss
            accelerator.backward(loss)
            reveal_scale(loss)  # scale: ℓ
            total += loss.detach().float()
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
        if accelerator.sync_gradients:
            completed += 1
    reveal_scale(completed)  # scale: m/N
    reveal_scale(total / len(loader))  # scale: ℓ
    reveal_scale(total / completed)  # scale: ℓ·N
