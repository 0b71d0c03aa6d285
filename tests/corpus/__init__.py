"""The open corpus: 74 pinned wheels, 151 loops read by hand, and every other error-level finding, read."""
