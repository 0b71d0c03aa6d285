"""A number without a name may be meant as it is: a warning."""

import torch.nn.functional as F


def fit(net, train_data, opt, accum):
    for k, (x, y) in enumerate(train_data, 1):
        objective = F.l1_loss(net(x), y) / accum
        objective.backward()
        if k % accum == 0:
            opt.step()
            opt.zero_grad()
        print(k, objective.item())  # warning: ACC004
