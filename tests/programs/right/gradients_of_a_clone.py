"""The clone's gradients are cleared, not the model's."""

import torch


def fomaml(model, tasks_loader, optimizer, criterion, inner_steps, inner_lr, n_tasks):
    for batch in tasks_loader:
        acc = [torch.zeros_like(p) for p in model.parameters()]
        for k in range(n_tasks):
            sx, sy, qx, qy = batch[k]
            fast = clone(model)
            for _ in range(inner_steps):
                sl = criterion(fast(sx), sy)
                g = torch.autograd.grad(sl, fast.parameters())
                fast = apply(fast, g, inner_lr)
            ql = criterion(fast(qx), qy)
            fast.zero_grad()
            ql.backward()
            for a, p in zip(acc, fast.parameters()):
                a += p.grad / n_tasks
        optimizer.zero_grad()
        for a, p in zip(acc, model.parameters()):
            p.grad = a
        optimizer.step()
