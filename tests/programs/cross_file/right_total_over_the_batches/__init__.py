"""The value was frozen before the division, and the caller divides by the micro-batches: right."""
