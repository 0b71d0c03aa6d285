"""``python -m reference_trainer`` and ``torchrun --nproc-per-node 2 -m reference_trainer``."""

from __future__ import annotations

import sys

from reference_trainer.cli import main

sys.exit(main(sys.argv[1:]))
