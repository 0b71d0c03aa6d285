"""A list and np.mean hide that what is averaged was divided."""

import numpy as np
import torch.nn.functional as F


def run(net, train_dl, opt, n_epochs, acc_steps):
    for epoch in range(n_epochs):
        batch_losses = []
        for i, (seq, labels) in enumerate(train_dl):
            loss = F.cross_entropy(net(seq), labels)
            loss /= acc_steps
            loss.backward()
            batch_losses.append(loss.item())  # error: ACC003
            if (i + 1) % acc_steps == 0 or (i + 1) == len(train_dl):
                opt.step()
                opt.zero_grad()
        print(f"epoch {epoch:03d} | train loss {np.mean(batch_losses):.4f}")
