"""The scales that tests/reveal asks of the analysis are the scales that running those programs shows.

A program of that folder says ``reveal_scale(x)  # scale: ℓ/N``; here that is a report like any other.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .measure import Power, measure
from .program import Program, execute, prepare
from .world import Setting, UnrunnableError

pytestmark = pytest.mark.torch

FOLDER = Path(__file__).parents[1] / "reveal"
PROGRAMS = sorted(FOLDER.rglob("*.py"))
LITERAL_N = {"n_is_a_literal"}
"""N is a literal there, and cannot be varied."""
OUR_SYMBOLS = "NbmS"
NOT_RUNNABLE = (UnrunnableError, TypeError, ValueError, AttributeError)
"""Such a program asks for batches of three, for a detector, for a process group."""


def claimed(comment: str) -> Power | None:
    """``ℓ·m/N`` as exponents; None for ``?``. Symbols that no run varies, such as epochs, are left out."""
    if "?" in comment:
        return None
    above, _, below = comment.partition("/")
    power = Power()
    for sign, product in ((1, above), (-1, below)):
        for factor in re.findall(r"[^·()\s]+", product):
            name, _, exponent = factor.partition("^")
            if name in OUR_SYMBOLS:
                power *= Power(**{name.lower(): sign * int(exponent or 1)})
    return power


def revealed(program: Program) -> list[tuple[int, str, Power]]:
    """(row, expression, claim) of every call that claims a scale."""
    lines = program.text.splitlines()
    claims = []
    for site in program.sites:
        comment = re.search(r"# scale: (.*)", lines[site.row - 1])
        if site.kind == "reveal_scale" and comment and (power := claimed(comment[1])) is not None:
            claims.append((site.index, site.expression, power))
    return claims


def powers(program: Program) -> dict[int, Power | None]:
    """By site. ``i`` after a loop is m - 1: a power of m only in a long epoch and by and large."""
    exact = {report.site.index: report.power for report in measure(program).reports}
    if None not in exact.values():
        return exact
    nearly = {report.site.index: report.power for report in measure(program, tail=True).reports}
    return {site: nearly.get(site) if power is None else power for site, power in exact.items()}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_revealed_scale_is_the_measured_one(path: Path) -> None:
    if path.stem in LITERAL_N:
        pytest.skip("N is a literal")
    program = prepare(path.read_text(encoding="utf-8"), "guess")
    try:
        measured = powers(program)
    except NOT_RUNNABLE as error:
        pytest.skip(f"not runnable: {error}")
    for index, expression, claim in revealed(program):
        assert measured.get(index) == claim, f"{expression} at row {program.sites[index].row}"


def test_most_of_those_programs_run() -> None:
    assert sum(map(runs, PROGRAMS)) >= 0.75 * len(PROGRAMS)


def runs(path: Path) -> bool:
    try:
        execute(prepare(path.read_text(encoding="utf-8"), "guess"), Setting())
    except NOT_RUNNABLE:
        return False
    return True
