"""Speed and memory of accumlint beside its peers: ``make bench`` (``python -m benchmarks``)."""
