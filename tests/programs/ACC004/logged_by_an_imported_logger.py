"""A method divides the loss under a condition; a class from elsewhere logs it, and the bar shows the last one."""

from tqdm import tqdm

from tracking import RunLogger


class Trainer:
    def __init__(self, model, optimizer, accum_steps, log_every):
        self.model = model
        self.optimizer = optimizer
        self.accum_steps = accum_steps
        self.log_every = log_every
        self.global_step = 0

    def train(self, loader, epochs):
        loss = 0
        for epoch in range(epochs):
            bar = tqdm(loader)
            for step, batch in enumerate(bar):
                if self.global_step < step:
                    break
                bar.set_description(f"epoch {epoch} (train loss: {loss:.4f})")  # error: ACC004
                per_sample_loss = self.model.loss_of(**batch)
                loss = self.backpropagate(per_sample_loss, step)
                self.global_step += 1
        return self.model

    def backpropagate(self, loss, step):
        loss = self.adjust(loss)
        if self.global_step % self.log_every == 0:
            RunLogger.log_metrics({"train_loss": float(loss.detach().cpu().numpy())})  # error: ACC004
        loss.backward()
        if (step + 1) % self.accum_steps == 0:  # warning: ACC204
            self.optimizer.step()
            self.optimizer.zero_grad()
        return loss

    def adjust(self, loss):
        loss = loss.mean()
        if self.accum_steps > 1:
            loss = loss / self.accum_steps
        return loss
