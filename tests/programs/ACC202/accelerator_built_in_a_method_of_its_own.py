"""The Accelerator comes out of a helper, next to what it prepared; without it the script divides, and has to."""


class Trainer:
    def __init__(self, args, model, optimizer, loader):
        self.args = args
        self.accum_steps = args.accum_steps
        self.accelerator = None
        self.model, self.optimizer, self.loader = model, optimizer, loader
        if self.uses_accelerate:
            self.set_up()

    @property
    def uses_accelerate(self):
        return self.args.use_accelerate

    def set_up(self):
        self.model, self.optimizer, self.loader, self.accelerator = self.prepared(
            self.model, self.optimizer, self.loader, self.accum_steps
        )

    @staticmethod
    def prepared(model, optimizer, loader, accum_steps):
        from accelerate import Accelerator

        accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
        model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
        return model, optimizer, loader, accelerator

    def train(self, criterion):
        for i, (x, y) in enumerate(self.loader):
            loss = criterion(self.model(x), y) / float(self.accum_steps)  # error: ACC202
            if self.uses_accelerate:
                with self.accelerator.accumulate(self.model):
                    self.accelerator.backward(loss)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
            else:
                loss.backward()
                if (i + 1) % self.accum_steps == 0:
                    self.optimizer.step()
                    self.optimizer.zero_grad()
