import torch.nn.functional as F


def propagate(out, accum_steps):
    out["loss"] = out["loss"] / accum_steps
    out["loss"].backward()


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        out = {"loss": F.cross_entropy(model(x), y)}
        reveal_scale(out["loss"])  # scale: ℓ
        propagate(out, accum_steps)
        reveal_scale(out["loss"])  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
