"""The window is a group of batches; of its penalty only the last part is left, and the helper shows it."""

from training.util import summary


class Trainer:
    def __init__(self, model, optimizer, penalised):
        self.model = model
        self.optimizer = optimizer
        self.penalised = penalised

    def train_epoch(self, groups):
        train_loss = 0.0
        train_penalty_loss = 0.0 if self.penalised else None
        group_penalty_loss = 0.0 if self.penalised else None
        steps = 0
        for group in groups:
            self.optimizer.zero_grad()
            group_loss = 0.0
            for batch in group:
                outputs = self.model(**batch)
                loss = outputs["loss"]
                penalty_loss = outputs.get("penalty_loss")
                loss = loss / len(group)
                group_loss += loss.item()
                if penalty_loss is not None:
                    penalty_loss = penalty_loss / len(group)
                    group_penalty_loss = penalty_loss.item()  # error: ACC004
                    train_penalty_loss += group_penalty_loss
                loss.backward()
            train_loss += group_loss
            self.optimizer.step()
            steps += 1
            summary(self.model, train_loss, train_penalty_loss, group_loss, group_penalty_loss, steps)
