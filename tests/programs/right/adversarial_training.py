"""Two backward passes in one step: the first is for the input, the second for the weights."""

import torch.nn.functional as F


def train(model, loader, optimizer, epsilon, epochs):
    for epoch in range(epochs):
        clean_sum, adversarial_sum = 0.0, 0.0
        for x, y in loader:
            x.requires_grad_(True)
            clean = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            clean.backward()
            perturbed = (x + epsilon * x.grad.sign()).detach()
            adversarial = F.cross_entropy(model(perturbed), y)
            optimizer.zero_grad()
            adversarial.backward()
            optimizer.step()
            clean_sum += clean.item()
            adversarial_sum += adversarial.item()
        print(epoch, clean_sum / len(loader), adversarial_sum / len(loader))
