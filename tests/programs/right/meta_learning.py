"""The outer loss is the mean over tasks; the inner steps adapt a copy."""

import torch
import torch.nn.functional as F


def meta_train(model, sampler, meta_optimizer, iterations, n_tasks, inner_lr):
    for iteration in range(iterations):
        outer = 0.0
        for task in sampler(n_tasks):
            weights = dict(model.named_parameters())
            inner = F.mse_loss(torch.func.functional_call(model, weights, task.x_train), task.y_train)
            grads = torch.autograd.grad(inner, weights.values(), create_graph=True)
            adapted = {name: w - inner_lr * g for (name, w), g in zip(weights.items(), grads)}
            outer += F.mse_loss(torch.func.functional_call(model, adapted, task.x_test), task.y_test)
        outer = outer / n_tasks
        meta_optimizer.zero_grad()
        outer.backward()
        meta_optimizer.step()
        if iteration % 100 == 0:
            print(f"{iteration}: meta loss {outer.item():.4f}")
