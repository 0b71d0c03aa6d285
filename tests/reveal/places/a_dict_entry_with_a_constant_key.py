import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    state = {"loss": 0.0, "aux": 0.0}
    for i, (x, y, z) in enumerate(loader):
        first, second = model(x)
        loss = F.cross_entropy(first, y) / accum_steps
        aux = F.mse_loss(second, z)
        (loss + aux / accum_steps).backward()
        state["loss"] += loss.item()
        state["aux"] += aux.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(state["loss"] / len(loader))  # scale: ℓ/N
    reveal_scale(state["aux"] / len(loader))  # scale: ℓ
