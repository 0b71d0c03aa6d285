import torch.nn.functional as F


def full_windows_first(model, loader, optimizer, accum_steps):
    tail = len(loader) % accum_steps or accum_steps
    last = len(loader) - tail
    for i, (x, y) in enumerate(loader):
        window = tail if i >= last else accum_steps
        loss = F.cross_entropy(model(x), y) / window
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()


def by_the_number_of_updates(model, loader, optimizer, accum_steps):
    updates = len(loader) // accum_steps + 1
    remainder = len(loader) % accum_steps
    if remainder == 0:
        remainder = accum_steps
    for i, (x, y) in enumerate(loader):
        window = accum_steps if i // accum_steps != updates - 1 else remainder
        loss = F.cross_entropy(model(x), y) / window
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
