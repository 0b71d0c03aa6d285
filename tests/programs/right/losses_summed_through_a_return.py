"""Losses are gathered in one function, summed in another and backpropagated in a third."""

import torch
import torch.nn.functional as F


def pyramid_losses(model, image, targets):
    losses = []
    for level, prediction in enumerate(model(image)):
        losses.append(F.l1_loss(prediction, targets[level]))
    return losses


def total_of(losses, weights):
    return sum(weight * loss for weight, loss in zip(weights, losses))


def train(model, loader, optimizer, weights):
    shown = 0.0
    for image, targets in loader:
        losses = pyramid_losses(model, image, targets)
        total = total_of(losses, weights)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        shown += total.item()
    print("loss", shown / len(loader))


def train_parts(model, loader, optimizer):
    for image, targets in loader:
        optimizer.zero_grad()
        torch.autograd.backward(pyramid_losses(model, image, targets))
        optimizer.step()
