import torch
import torch.nn.functional as F


def train(decoder, loader, optimizer, accum_steps):
    for i, (frames, targets) in enumerate(loader):
        losses = []
        for frame, target in zip(frames, targets):
            losses.append(F.mse_loss(decoder(frame), target))
        loss = torch.stack(losses).mean()
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
