import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, weight=0.4):
    for i, (x, y, mask) in enumerate(loader):
        logits, reconstruction, boxes = model(x)
        main = F.cross_entropy(logits, y)
        aux = F.mse_loss(reconstruction, x)
        dice = F.l1_loss(boxes, mask)
        loss = (main + weight * aux + dice) / accum_steps
        loss.backward()
        reveal_scale(main)  # scale: ℓ
        reveal_scale(aux)  # scale: ℓ
        reveal_scale(dice)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
