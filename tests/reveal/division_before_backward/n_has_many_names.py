import torch.nn.functional as F


def first(model, loader, stepper, accumsteps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accumsteps
        loss.backward()
        stepper.after_micro_batch(i)
        reveal_scale(loss)  # scale: ℓ/N


def second(model, loader, stepper, backward_freq):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / backward_freq
        loss.backward()
        stepper.after_micro_batch(i)
        reveal_scale(loss)  # scale: ℓ/N


class Third:
    def __init__(self, args):
        self.batch_chunk = args.batch_chunk

    def train(self, model, loader, stepper):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / self.batch_chunk
            loss.backward()
            stepper.after_micro_batch(i)
            reveal_scale(loss)  # scale: ℓ/N
