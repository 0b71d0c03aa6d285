"""A dict of losses is divided in one method, detached in another, renamed, and fed to an averager by name."""

from running.averages import KeepAverage


class Trainer:
    def __init__(self, model, optimizer, loader, grad_accum_steps, epochs):
        self.model = model
        self.optimizer = optimizer
        self.loader = loader
        self.grad_accum_steps = grad_accum_steps
        self.epochs = epochs
        self.keep_avg_train = None

    def losses_of(self, batch):
        if hasattr(self.model, "module"):
            return self.model.module.train_step(batch)
        return self.model.train_step(batch)

    @staticmethod
    def detached(losses):
        detached = {}
        for key, value in losses.items():
            if isinstance(value, (int, float)):
                detached[key] = value
            else:
                detached[key] = value.detach().cpu().item()
        return detached

    def optimize(self, batch, step_optimizer=True):
        outputs, losses = self.losses_of(batch)
        if not losses:
            return outputs, {}
        losses["loss"] = losses["loss"] / float(self.grad_accum_steps)
        losses["loss"].backward()
        if step_optimizer:
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        return outputs, self.detached(losses)

    def train_step(self, batch, n_batches, step):
        shown = {}
        step_optimizer = True
        if ((step + 1) % self.grad_accum_steps != 0) and (step + 1 != n_batches):
            step_optimizer = False
        outputs, losses = self.optimize(batch, step_optimizer=step_optimizer)
        shown.update(losses)
        averaged = {}
        for key, value in shown.items():
            averaged["avg_" + key] = value
        self.keep_avg_train.update_values(averaged)  # error: ACC003
        return outputs, shown

    def fit(self):
        for _ in range(self.epochs):
            self.keep_avg_train = KeepAverage()
            for step, batch in enumerate(self.loader):
                self.train_step(batch, len(self.loader), step)
