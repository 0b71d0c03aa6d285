"""The walk-through in CONTRIBUTING.md works as written: one file makes a rule, and the harness proves it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from accumlint.registry import discover
from accumlint.rule import Rule
from accumlint.testing import prove_rule

PAGE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text("utf-8")
FILE = re.compile(r"<!-- file: (?P<name>\w+\.py) -->\n````python\n(?P<text>.*?)````", re.DOTALL)


@pytest.fixture
def written(tmp_path: Path) -> type[Rule]:
    """The rule class of the walk-through, from a file like any other."""
    block = FILE.search(PAGE)
    assert block is not None
    path = tmp_path / block["name"]
    path.write_text(block["text"], "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (rule,) = (each for each in vars(module).values() if isinstance(each, type) and each.__module__ == path.stem)
    assert issubclass(rule, Rule)
    return rule


def test_the_rule_is_proved(written: type[Rule]) -> None:
    assert written.name == "gradients-never-cleared"
    prove_rule(written)


def test_its_code_is_free(written: type[Rule]) -> None:
    assert written.code not in {rule.code for rule in discover()}
