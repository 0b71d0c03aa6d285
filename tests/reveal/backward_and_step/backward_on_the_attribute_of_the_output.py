def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, batch in enumerate(loader):
        outputs = model(**batch)
        outputs.loss.backward()
        reveal_scale(outputs.loss)  # scale: ℓ
        total += outputs.loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
