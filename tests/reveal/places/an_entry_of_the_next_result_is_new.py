"""What was written to the entry of one result is not in the next one (trainer 0.0.36, allennlp 2.10.1)."""


def train(model, loader, optimizer, accum_steps, regularization):
    for i, batch in enumerate(loader):
        outputs, losses = model.train_step(batch)
        losses["loss"] += regularization
        reveal_scale(losses["loss"])  # scale: ℓ
        losses["loss"] = losses["loss"] / float(accum_steps)
        reveal_scale(losses["loss"])  # scale: ℓ/N
        losses["loss"].backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
