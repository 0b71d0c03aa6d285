"""A sum of tensors that lives for one window, after backward freed their buffers, costs next to nothing."""

import torch.nn as nn


class Imagine(nn.Module):
    def __init__(self, generator, critic, optimizer, gradient_accumulate_every):
        super().__init__()
        self.generator, self.critic, self.optimizer = generator, critic, optimizer
        self.gradient_accumulate_every = gradient_accumulate_every

    def train_step(self, prompt):
        total_loss = 0
        for _ in range(self.gradient_accumulate_every):
            image = self.generator()
            loss = self.critic(image, prompt).mean()
            loss = loss / self.gradient_accumulate_every
            loss.backward()
            total_loss += loss
        self.optimizer.step()
        self.optimizer.zero_grad()
        return total_loss.item()
