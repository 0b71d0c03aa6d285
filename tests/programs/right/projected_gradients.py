"""Each task's gradient is copied out before the next is computed."""

import torch


def pcgrad(model, loader, optimizer, heads, n_tasks):
    for x, ys in loader:
        feats = model(x)
        grads = []
        for t in range(n_tasks):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(heads[t](feats), ys[t])
            loss.backward(retain_graph=True)
            grads.append(torch.cat([p.grad.flatten().clone() for p in model.parameters()]))
        merged = surgery(grads)
        write_back(model, merged)
        optimizer.step()
