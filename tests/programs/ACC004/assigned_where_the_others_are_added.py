"""gigagan-pytorch 0.3.0: one of several window sums is assigned, not added: the last micro-batch over N is left.

The step returns a named tuple, and its caller prints the fields by name."""

from collections import namedtuple

Losses = namedtuple("Losses", ["divergence", "matching"])


def log(t, eps=1e-20):
    return t.clamp(min=eps).log()


def matching_loss_of(real, fake):
    return (log(1 + (-real).exp()) + log(1 + (-fake).exp())).mean()


class Trainer:
    def train_step(self, loader, accum_steps):
        total_divergence = 0.0
        total_matching = 0.0
        images = []
        for _ in range(accum_steps):
            real = next(loader)
            images.append(real)
            divergence = self.critic(real)
            total_divergence += divergence.item() / accum_steps
            self.accelerator.backward(divergence / accum_steps)
        for (real,) in zip(images):
            matching = matching_loss_of(self.critic(real), self.critic(self.generator(real)))
            total_matching = matching.item() / accum_steps  # warning: ACC004
            self.accelerator.backward(matching / accum_steps)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return Losses(total_divergence, total_matching)

    def forward(self, loader, steps, accum_steps):
        for _ in range(steps):
            divergence, matching = self.train_step(loader, accum_steps)
            losses = (("divergence", divergence), ("matching", matching))
            text = " | ".join([f"{name}: {loss:.2f}" for name, loss in losses])
            self.accelerator.print(text)
