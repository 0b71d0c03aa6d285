import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every):
    running, since_log = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        running += loss.item()
        since_log += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        if i % log_every == 0:
            reveal_scale(since_log)  # scale: log_every
            reveal_scale(running / since_log)  # scale: ℓ/N
            running, since_log = 0.0, 0
