"""The analysis without any rule: programs that ask for a scale and say which one they expect.

A program in ``tests/reveal/`` calls ``reveal_scale(expression)``; the comment ``# scale: …`` on that row is
what ``str`` of its Scale must be:

``ℓ``   the mean loss of a sample: a value that is, or becomes part of, what backward() sees
``N``   micro-batches per optimizer step
``b``   samples per micro-batch
``S``   the factor of a GradScaler
``m``   micro-batches in the period of the loop that holds the backward: len(loader), the index of enumerate,
        a counter raised with every micro-batch; so optimizer steps are ``m/N`` and samples ``b·m``
``1``   a number without a dimension
``?``   unknown, which includes what never flows into a backward
An interval and the number of epochs print as their names (``log_every``).

``tests/reveal/README.md`` lists the idioms, section by section. A program named ``no_op_…`` shows what must
*not* be taken for accumulation; those come first, for they are the written limits of the analysis.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from accumlint.flow import analyze
from accumlint.source import Source

ROOT = Path(__file__).parent / "reveal"
EXPECTED = re.compile(r"reveal_scale\(.*\)\s*#\s*scale:\s*(?P<scale>\S+)\s*$")


def programs() -> list[Path]:
    """Every program, section by section, the no-op cases of a section first."""
    return sorted(ROOT.rglob("*.py"), key=lambda p: (p.parent.name, not p.name.startswith("no_op_"), p.name))


def expectations(path: Path) -> dict[int, str]:
    """The ``# scale:`` comments of a program by row."""
    rows = path.read_text(encoding="utf-8").splitlines()
    found = ((row, EXPECTED.search(line)) for row, line in enumerate(rows, 1))
    return {row: match["scale"] for row, match in found if match}


@cache
def revealed(path: Path) -> dict[int, str]:
    """What the analysis says, by row; an empty dict where it saw no loop of interest."""
    analysis = analyze(Source.parse(path.read_bytes(), str(path)))
    return dict(analysis.reveals) if analysis is not None else {}


CASES = [
    pytest.param(path, row, scale, id=f"{path.relative_to(ROOT).with_suffix('')}:{row}")
    for path in programs()
    for row, scale in expectations(path).items()
]


@pytest.mark.parametrize(("path", "row", "scale"), CASES)
def test_scale(path: Path, row: int, scale: str) -> None:
    line = path.read_text(encoding="utf-8").splitlines()[row - 1].strip()
    assert revealed(path).get(row, "nothing revealed") == scale, f"{path.name}:{row}: {line}"


@pytest.mark.parametrize("path", programs(), ids=lambda path: str(path.relative_to(ROOT).with_suffix("")))
def test_every_call_says_what_it_expects(path: Path) -> None:
    rows = path.read_text(encoding="utf-8").splitlines()
    calls = {row for row, line in enumerate(rows, 1) if line.lstrip().startswith("reveal_scale(")}
    assert calls == set(expectations(path)) != set()


def test_the_list_of_idioms_names_every_program() -> None:
    listed = re.findall(r"\]\(([^)]+\.(?:py|ipynb))\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in listed if not (ROOT / link).is_file()] == []
    assert {(ROOT / link).resolve() for link in listed} >= set(programs())
