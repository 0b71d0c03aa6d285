import torch.nn as nn
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        by_module = criterion(logits, y)
        by_function = F.cross_entropy(logits, y)
        spelled_out = nn.NLLLoss(reduction="mean")(F.log_softmax(logits, dim=1), y)
        loss = by_module + by_function + spelled_out
        (loss / accum_steps).backward()
        reveal_scale(by_module)  # scale: ℓ
        reveal_scale(by_function)  # scale: ℓ
        reveal_scale(spelled_out)  # scale: ℓ
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
