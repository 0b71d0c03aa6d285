import torch.nn.functional as F


def sequence_loss(decoder, frames, targets):
    total = 0.0
    for frame, target in zip(frames, targets):
        total = total + F.mse_loss(decoder(frame), target)
    return total / len(frames)


def train(model, loader, optimizer, accum_steps):
    for i, (frames, targets) in enumerate(loader):
        loss = sequence_loss(model, frames, targets)
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
