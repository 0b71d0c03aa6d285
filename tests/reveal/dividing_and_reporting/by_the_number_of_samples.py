import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    mean_sum = weighted_sum = 0.0
    n_samples = 0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        mean_sum += raw.item()
        weighted_sum += raw.item() * len(x)
        n_samples += len(x)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(len(loader.dataset))  # scale: b·m
    reveal_scale(len(loader.sampler))  # scale: b·m
    reveal_scale(weighted_sum / len(loader.dataset))  # scale: ℓ
    reveal_scale(weighted_sum / n_samples)  # scale: ℓ
    reveal_scale(mean_sum / n_samples)  # scale: ℓ/b
