import torch.nn.functional as F


def train(model, loader, optimizer, gradient_accumulation_steps):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        reveal_scale(loss)  # scale: ℓ
        loss = loss / gradient_accumulation_steps
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
