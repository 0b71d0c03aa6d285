class Trainer:
    def __init__(self, model, optimizer, wrapped=None):
        self.model = model
        self.optimizer = optimizer
        self.wrapped = wrapped

    @property
    def network(self):
        return self.model if self.wrapped is None else self.wrapped.module

    def outputs(self, batch):
        outputs = self.network(**batch)
        penalty = self.model.penalty()
        if penalty is not None:
            outputs["penalty_loss"] = penalty
            outputs["loss"] += penalty
        return outputs

    def train(self, groups):
        total = 0.0
        steps = 0
        for group in groups:
            self.optimizer.zero_grad()
            window_loss = 0.0
            for batch in group:
                loss = self.outputs(batch)["loss"]
                reveal_scale(loss)  # scale: ℓ
                loss = loss / len(group)
                window_loss += loss.item()
                loss.backward()
            self.optimizer.step()
            reveal_scale(window_loss)  # scale: ℓ
            total += window_loss
            steps += 1
        reveal_scale(total / steps)  # scale: ℓ
