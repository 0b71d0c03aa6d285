def detached(losses):
    copied = {}
    for key, value in losses.items():
        copied[key] = value.detach()
    return copied


def train(model, loader, optimizer, accum_steps):
    for i, batch in enumerate(loader):
        shown = {}
        losses = model(batch)
        losses["loss"] = losses["loss"] / accum_steps
        reveal_scale(losses["loss"])  # scale: ℓ/N
        losses["loss"].backward()
        shown.update(detached(losses))
        shown[f"rate_{i}"] = optimizer.param_groups[0]["lr"]
        reveal_scale(shown["loss"])  # scale: ℓ/N
        reveal_scale(shown.pop("loss"))  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
