def train(model, loader, optimizer, gradient_accumulation_steps):
    total = 0.0
    for step, batch in enumerate(loader):
        loss = model(**batch)[0]
        loss = loss.mean()
        loss = loss / gradient_accumulation_steps
        loss.backward()
        reveal_scale(loss)  # scale: ℓ/N
        total += loss.item()
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·m/N
