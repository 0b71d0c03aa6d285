"""The plain pattern is unproven in its own file; the caller proves that the number is right today."""
