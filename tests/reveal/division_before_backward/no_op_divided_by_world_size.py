import torch.distributed as dist
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    world_size = dist.get_world_size()
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / world_size
        reveal_scale(loss)  # scale: ℓ
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
