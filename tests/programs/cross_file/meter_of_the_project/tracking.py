class Tracker:
    """A weighted mean under names of its own."""

    def __init__(self):
        self.weighted, self.weight = 0.0, 0

    def push(self, value, n=1):
        self.weighted += value * n
        self.weight += n

    def mean(self):
        return self.weighted / self.weight
