"""No word of backward() here: what the wrapper returns was divided elsewhere, and is divided again."""

from helpers import complex_backpropagate


class Runner:
    def complex_backpropagate(self, loss, gradient_accumulation_steps):
        return complex_backpropagate(
            loss=loss, n_gpu=self.n_gpu, gradient_accumulation_steps=gradient_accumulation_steps
        )

    def run_train_step(self, batches, task):
        loss_val = 0
        for _ in range(task.gradient_accumulation_steps):
            output = self.model(next(batches))
            loss = self.complex_backpropagate(
                loss=output.loss, gradient_accumulation_steps=task.gradient_accumulation_steps
            )
            loss_val += loss.item()  # error: ACC003
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.log_writer.write_entry("loss_train", {"loss_val": loss_val / task.gradient_accumulation_steps})
