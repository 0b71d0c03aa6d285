"""The mean over four heads is divided by four; that a critic is trained at every fourth step is another four."""

import torch.nn.functional as F


def train(model, critic, loader, optimizer, critic_optimizer):
    total = 0.0
    for step, (x, y) in enumerate(loader):
        one, two, three, four = model(x)
        loss = (F.l1_loss(one, y) + F.l1_loss(two, y) + F.l1_loss(three, y) + F.l1_loss(four, y)) / 4
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        if step % 4 == 0:
            critic_optimizer.zero_grad()
            critic(x).mean().backward()
            critic_optimizer.step()
    print("train loss", total / len(loader))
