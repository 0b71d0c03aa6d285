from accelerate import Accelerator


def train(model, loader, optimizer, accum_steps):
    accelerator = Accelerator(mixed_precision="bf16")
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for i, batch in enumerate(loader):
        raw = model(**batch).loss
        loss = raw / accum_steps
        accelerator.backward(loss)
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
