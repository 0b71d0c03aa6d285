import torch.nn.functional as F


def accumulate(log, new_logs):
    for key, value in new_logs.items():
        log[key] = log.get(key, 0.0) + value
    return log


def train(model, batches, optimizer, steps, grad_accum_every):
    for step in range(steps):
        logs = {}
        for _ in range(grad_accum_every):
            x, y = next(batches)
            raw = F.cross_entropy(model(x), y)
            (raw / grad_accum_every).backward()
            accumulate(logs, {"loss": raw.item() / grad_accum_every})
        optimizer.step()
        optimizer.zero_grad()
        reveal_scale(logs["loss"])  # scale: ℓ
