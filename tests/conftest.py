"""Marks by place: what runs the command as a process of its own is slower than all the rest together."""

from __future__ import annotations

from pathlib import Path

import pytest

PROCESSES = {"cli", "hooks", "robustness"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(root) and item.path.relative_to(root).parts[0] in PROCESSES:
            item.add_marker(pytest.mark.process)


@pytest.fixture(autouse=True)
def _scratch_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training programs that are run may write files, such as plots; not into the repository."""
    if request.node.get_closest_marker("torch"):
        monkeypatch.chdir(request.getfixturevalue("tmp_path"))
