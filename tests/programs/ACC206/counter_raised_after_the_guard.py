"""The counter starts at zero and is raised at the end of the body."""

import torch
import torch.nn.functional as F


def adapt(model, batches, optimizer, batch_chunk):
    scaler = torch.amp.GradScaler("cuda")
    step = 0
    for image, label in batches:
        with torch.autocast("cuda"):
            loss = F.cross_entropy(model(image), label)
        scaler.scale(loss / batch_chunk).backward()
        if step % batch_chunk == 0:  # warning: ACC206
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
        step += 1
