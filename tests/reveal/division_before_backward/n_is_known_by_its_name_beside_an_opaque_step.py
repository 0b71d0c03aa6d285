import torch.nn.functional as F


def train(model, loader, stepper, update_freq):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / update_freq
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        stepper.after_micro_batch(i)
