"""Says when a window ends: N is a setting of its own here, or what it is asked for."""


class Progress:
    def __init__(self, size):
        self.done = 0
        self.size = size

    def ends_window(self):
        self.done += 1
        return self.done % self.size == 0


def is_last(i, n):
    return (i + 1) % n == 0
