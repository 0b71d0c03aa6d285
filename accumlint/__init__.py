"""accumlint: the linter that knows what number a PyTorch training loop reports."""

__version__ = "0.1.0"
