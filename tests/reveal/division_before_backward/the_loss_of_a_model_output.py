def train(model, loader, optimizer, gradient_accumulation_steps):
    for step, batch in enumerate(loader):
        outputs = model(**batch)
        loss = outputs.loss / gradient_accumulation_steps
        reveal_scale(outputs.loss)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
