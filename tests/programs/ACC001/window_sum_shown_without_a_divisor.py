"""Raw losses of one window are summed and shown as if they were one loss."""

import torch
import torch.nn.functional as F


def fit(net, optimizer, batches, *, total_updates, accumulate):
    net.train()
    for update in range(total_updates):
        shown = 0.0
        for _ in range(accumulate):
            clip, target = next(batches)
            prediction = net(clip)
            mse = F.mse_loss(prediction, target)
            loss = mse / accumulate
            loss.backward()
            shown += mse.item()  # error: ACC001
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
        if update % 50 == 0:
            print(f"[{update}/{total_updates}] loss={shown:.5f}")
