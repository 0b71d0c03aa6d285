"""The attack keeps the gradients and restores them."""

import numpy as np
from torch import nn


def train(model, loader, optimizer, clip, pgd=None, fgm=None):
    run = 0.0
    for bi, (ids, mask, lab) in enumerate(loader):
        optimizer.zero_grad()
        loss, logits, probs = model(ids, mask, lab)
        if np.isnan(loss.cpu().detach().numpy()):
            continue
        loss = loss.mean()
        loss.backward()
        if fgm:
            fgm.attack()
            la, _, _ = model(ids, mask, lab)
            la = la.mean()
            la.backward()
            fgm.restore()
        if pgd:
            K = 3
            pgd.backup_grad()
            for t in range(K):
                pgd.attack(is_first_attack=(t == 0))
                if t != K - 1:
                    model.zero_grad()
                else:
                    pgd.restore_grad()
                la, _, _ = model(ids, mask, lab)
                la = la.mean()
                la.backward()
            pgd.restore()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        run += loss.item()
        print("loss: {:.4f}".format(run / (bi + 1)))
