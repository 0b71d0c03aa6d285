"""A penalty is added to the entry that is divided and backpropagated (allennlp 2.10.1 adds its own there)."""


def train(model, loader, optimizer, accum_steps, aux):
    for i, batch in enumerate(loader):
        out = model(batch)
        out["loss"] += aux(batch)
        out["loss"] = out["loss"] / accum_steps
        out["loss"].backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
