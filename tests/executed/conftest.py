"""The executed truth needs torch; without it nothing here is collected."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """The tensors have four elements; threads would only wait for each other."""
    import torch

    torch.set_num_threads(1)
