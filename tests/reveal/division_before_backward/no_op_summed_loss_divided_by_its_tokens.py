import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (tokens, labels) in enumerate(loader):
        summed = F.cross_entropy(model(tokens), labels, ignore_index=-100, reduction="sum")
        n_tokens = (labels != -100).sum()
        loss = summed / n_tokens
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
