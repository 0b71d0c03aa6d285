"""The other files of a scan: who imports a file, however it is written, and who only speaks of it."""

from __future__ import annotations

import pytest

from accumlint.flow.project import Project

ENGINE = "def train(loader):\n    return 0.0\n"


def callers(main: str, path: str = "pkg/engine.py") -> list[str]:
    files = {path: ENGINE, "pkg/main.py": main, "other/engine.py": ENGINE}
    project = Project(list(files), lambda name: files[name].encode())
    return [program.path for program in project.callers(path, frozenset({"train"}))]


@pytest.mark.parametrize(
    "statement",
    [
        "from .engine import train",
        "from pkg.engine import train",
        "from .engine import (\n    evaluate,\n    train,\n)",
        "from . import engine",
        "from .import engine",
        "from pkg import (\n    data,\n    engine,  # where it trains\n)",
        "from pkg import data, \\\n    engine",
        "if True: from pkg import engine",
        "import engine",
        "import os, engine",
    ],
)
def test_a_caller_is_found_however_it_imports(statement: str) -> None:
    assert callers(f"{statement}\n\nprint(train([]), engine.train([]))\n") == ["pkg/main.py"]


@pytest.mark.parametrize(
    "text",
    [
        "from other.engine import train\ntrain([])\n",
        "from .data import train  # not that of engine\ntrain([])\n",
        "engine.train([])\n",
        '"""An import of engine"""\ntrain = 1\n',
    ],
)
def test_who_only_mentions_it_is_no_caller(text: str) -> None:
    assert callers(text) == []


def test_a_package_is_imported_by_its_name() -> None:
    assert callers("from nets import train\ntrain([])\n", "nets/__init__.py") == ["pkg/main.py"]
