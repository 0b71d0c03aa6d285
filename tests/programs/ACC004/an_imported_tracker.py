"""farm 0.8.0: the tracker is a name that was imported from the package's own utilities."""

from project.utils import MLFlowLogger as Tracker


class Trainer:
    def train(self, loader):
        for step, batch in enumerate(loader):
            per_sample_loss = self.model.loss_of(batch)
            self.backward_propagate(per_sample_loss, step)
            self.global_step += 1

    def backward_propagate(self, loss, step):
        loss = self.adjust_loss(loss)
        Tracker.log_metrics({"train_loss": float(loss.detach().cpu().numpy())}, step=self.global_step)  # error: ACC004
        loss.backward()
        if (step + 1) % self.grad_acc_steps == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()

    def adjust_loss(self, loss):
        loss = loss.mean()
        if self.grad_acc_steps > 1:
            loss = loss / self.grad_acc_steps
        return loss
