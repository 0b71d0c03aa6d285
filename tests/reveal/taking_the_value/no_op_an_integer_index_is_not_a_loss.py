import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    correct = 0
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = F.cross_entropy(logits, y) / accum_steps
        loss.backward()
        correct += (logits.argmax(1) == y).sum().item()
        reveal_scale(correct)  # scale: ?
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
