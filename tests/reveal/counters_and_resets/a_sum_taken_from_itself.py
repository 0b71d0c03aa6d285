import torch


def train(model, criterion, loader, optimizer, accum_steps):
    window_loss = torch.tensor(0.0)
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        window_loss += loss.detach()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(window_loss)  # scale: ℓ
            window_loss -= window_loss
