"""Two losses of each window are added up and one is assigned: what is left is its last micro-batch over N."""

from typing import NamedTuple

import torch.nn.functional as F


class Losses(NamedTuple):
    divergence: float
    matching: float
    penalty: float


def critic_step(critic, batches, optimizer, accumulate_every, matching_weight):
    total_divergence = 0.0
    total_matching_loss = 0.0
    total_penalty = 0.0
    pairs = []
    optimizer.zero_grad()
    for _ in range(accumulate_every):
        real, fake = next(batches)
        pairs.append(real)
        divergence = F.relu(1 + critic(real)).mean() + F.relu(1 - critic(fake)).mean()
        total_divergence += divergence.item() / accumulate_every
        penalty = critic.penalty(real)
        total_penalty += penalty.item() / accumulate_every
        ((divergence + penalty) / accumulate_every).backward()
    if matching_weight > 0:
        for real in pairs:
            matching_loss = F.softplus(critic(real)).mean()
            total_matching_loss = matching_loss.item() / accumulate_every  # error: ACC004
            (matching_loss * matching_weight / accumulate_every).backward()
    optimizer.step()
    return Losses(total_divergence, total_matching_loss, total_penalty)
