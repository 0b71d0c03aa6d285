import torch.nn.functional as F


def make_step(scaler, optimizer, parameters):
    def step(loss, update_grad):
        scaler.scale(loss).backward()
        if update_grad:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()

    return step


def train(model, loader, optimizer, scaler, accum_steps):
    step_fn = make_step(scaler, optimizer, model.parameters())
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        step_fn(loss / accum_steps, update_grad=(i + 1) % accum_steps == 0)
        reveal_scale(loss)  # scale: ℓ
        total += loss.item()
    reveal_scale(total / len(loader))  # scale: ℓ
