"""The optimizer lives in an attribute of a short name; its step is one all the same."""


class Learner:
    def __init__(self, model, criterion, opt, n):
        self.model = model
        self.criterion = criterion
        self.opt = opt
        self.n = n

    def fit(self, loader):
        for i, (x, y) in enumerate(loader):
            loss = self.criterion(self.model(x), y)
            loss.backward()  # warning: ACC201
            if (i + 1) % self.n == 0 or (i + 1) == len(loader):
                self.opt.step()
                self.opt.zero_grad()
