import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        by_item = loss.item()
        by_float = float(loss)
        by_list = loss.tolist()
        by_numpy = loss.detach().cpu().numpy().copy()
        loss /= accum_steps
        loss.backward()
        reveal_scale(by_item)  # scale: ℓ
        reveal_scale(by_float)  # scale: ℓ
        reveal_scale(by_list)  # scale: ℓ
        reveal_scale(by_numpy)  # scale: ℓ
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
