import torch.nn.functional as F


def run(model, loader, optimizer, accum_steps, training=True):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if training:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        total += loss.item()
    reveal_scale(total / len(loader))  # scale: ℓ/N


def run_in_the_mode_of_the_model(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if model.training:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        total += loss.item()
    reveal_scale(total / len(loader))  # scale: ℓ/N


def run_with_an_optimizer_or_without(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if optimizer is not None:
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        total += loss.item()
    reveal_scale(total / len(loader))  # scale: ℓ/N
