"""One of two objectives gives the loss, and there is no third branch."""

import torch.nn.functional as F


def pretrain(model, loader, optimizer, accum_iter, goal="predict"):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        if goal == "predict":
            loss = F.mse_loss(prediction, y)
        elif goal == "align":
            loss = 1 - F.cosine_similarity(prediction, y).mean()
        loss = loss / accum_iter
        loss.backward()
        if (i + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()  # error: ACC003
    print("train loss", total / len(loader))
