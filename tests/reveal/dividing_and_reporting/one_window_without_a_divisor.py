import torch.nn.functional as F


def train(model, batches, optimizer, train_steps, accum_steps):
    for step in range(train_steps):
        total_loss = 0.0
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = F.mse_loss(model(x), y)
            loss = loss / accum_steps
            total_loss += loss.item()
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        reveal_scale(total_loss)  # scale: ℓ
