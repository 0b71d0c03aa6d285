"""With a GradScaler or without one the counter decides when to step; the gradients are cleared before it is asked."""


class Engine:
    def __init__(self, model, criterion, optimizer, accum_steps, scaler=None):
        self.model, self.criterion, self.optimizer = model, criterion, optimizer
        self.accum_steps, self.scaler = accum_steps, scaler
        self.count = 0

    def train(self, loader):
        for x, y in loader:
            print("loss", self.forward_backward(x, y).item())

    def forward_backward(self, x, y):
        loss = self.criterion(self.model(x), y)
        self.optimizer.zero_grad()  # error: ACC203
        if self.scaler is None:
            loss.backward()
            self.count += 1
            if self.count % self.accum_steps == 0:
                self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()
            self.count += 1
            if self.count % self.accum_steps == 0:
                self.scaler.step(self.optimizer)
                self.scaler.update()
        return loss
