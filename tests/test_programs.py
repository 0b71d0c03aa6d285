"""Whole programs, with the findings they must have written on the rows where they must be.

A row ends in ``# error: ACC003`` or ``# warning: ACC101`` (or both) if and only if that finding is expected
on it, at that severity. Every rule that is on by default looks at every program, and those that a program
turns on by ``# select: ACC208``, so that a false alarm of any rule in any program is a failure.

``ACCxxx/``      programs in which that rule finds something
``right/``       programs in which a hasty reader would find something, and nothing is wrong
``cross_file/``  packages: a loss or a total leaves its file, and what becomes of it is seen in another one

A notebook is a program as well: its rows are those of its code cells, put one after the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from accumlint import registry, workers
from accumlint.diagnostic import Diagnostic
from accumlint.engine import FileResult, check_bytes, fix_bytes
from accumlint.rule import Rule
from accumlint.source import Source

ROOT = Path(__file__).parent / "programs"
MARKER = re.compile(r"#\s*(?P<severity>error|warning):\s*(?P<code>[A-Z]+\d+)")
SELECT = re.compile(r"^# select: (?P<codes>[A-Z0-9, ]+)$", re.MULTILINE)

Expectation = tuple[int, str, str]
"""Row, code and severity of a finding."""

PROGRAMS = sorted(path for pattern in ("*/*.py", "*/*.ipynb") for path in ROOT.glob(pattern))
PACKAGES = sorted(path for path in (ROOT / "cross_file").iterdir() if path.is_dir())


def name(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix(""))


def text_of(path: Path) -> str:
    """The program's text; that of a notebook is its cells, one after the other."""
    return Source.parse(path.read_bytes(), str(path)).text


def expected(text: str) -> set[Expectation]:
    """What the markers of a program say."""
    return {
        (row, match["code"], match["severity"])
        for row, line in enumerate(text.splitlines(), 1)
        for match in MARKER.finditer(line)
    }


def rules_for(text: str) -> tuple[Rule, ...]:
    """The rules that are on by default, and those that the program asks for."""
    asked = SELECT.search(text)
    return registry.select(extend_select=asked["codes"].replace(",", " ").split() if asked else ())


def found(result: FileResult) -> set[Expectation]:
    """The findings of a file in the form of markers. A file that could not be checked is a failure."""
    assert not result.problems, result.problems
    return {
        (result.source.row(each.span.start), each.code, each.severity.value)
        for each in result.diagnostics
        if result.source is not None
    }


def difference(path: Path, wanted: set[Expectation], given: set[Expectation]) -> str:
    """What is missing and what is surplus, with the rows themselves; empty where all is well."""
    lines = text_of(path).splitlines()
    told = [(each, "missed alarm") for each in wanted - given]
    told += [(each, "false alarm ") for each in given - wanted]
    return "\n".join(
        f"{path.name}:{row}: {kind} {severity} {code}\n    {lines[row - 1].strip()}"
        for (row, code, severity), kind in sorted(told)
    )


@pytest.mark.parametrize("path", PROGRAMS, ids=name)
def test_findings(path: Path) -> None:
    text = text_of(path)
    result = check_bytes(path.read_bytes(), str(path), rules_for(text))
    told = difference(path, expected(text), found(result))
    assert not told, f"\n{told}"
    factors = [each.factor or "" for each in result.diagnostics]
    assert not [factor for factor in factors if factor.count("m") > 1]  # the micro-batches of two loaders do not cancel


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_findings_across_files(package: Path) -> None:
    """The files of one scan know each other."""
    paths = sorted(package.rglob("*.py"))
    results = workers.scan(paths, registry.select(), jobs=1)
    told = [
        difference(path, expected(text_of(path)), found(result)) for path, result in zip(paths, results, strict=True)
    ]
    assert not any(told), "\n" + "\n".join(filter(None, told))


@pytest.mark.parametrize("path", [path for path in PROGRAMS if path.parent.name != "right"], ids=name)
def test_fixing_settles(path: Path) -> None:
    """Fixes, also unsafe ones, add no finding, and a second run finds nothing more to fix."""
    rules = rules_for(text_of(path))
    once = fix_bytes(path.read_bytes(), str(path), rules, unsafe=True)
    assert once.result.source is not None, once.result.problems
    assert not codes(once.result.diagnostics) - codes(once.found)
    again = fix_bytes(once.result.source.data, str(path), rules, unsafe=True)
    assert not again.applied


def codes(diagnostics: Iterable[Diagnostic]) -> Counter[str]:
    return Counter(each.code for each in diagnostics)


@pytest.mark.parametrize("rule", registry.discover(), ids=lambda rule: rule.code)
def test_every_rule_has_three_programs(rule: type[Rule]) -> None:
    finding = [
        path
        for path in PROGRAMS
        if path.parent.name == rule.code and any(code == rule.code for _, code, _ in expected(text_of(path)))
    ]
    assert len(finding) >= 3


def test_markers_and_folders_name_rules_that_exist() -> None:
    known = {rule.code for rule in registry.discover()}
    folders = {path.parent.name for path in PROGRAMS} - {"right"}
    marked = {code for path in ROOT.rglob("*.py") for _, code, _ in expected(text_of(path))}
    assert folders | marked == known


def test_right_programs_have_no_marker() -> None:
    marked = [path.name for path in PROGRAMS if path.parent.name == "right" and MARKER.search(path.read_text())]
    assert not marked


@pytest.mark.parametrize("path", [path for path in PROGRAMS if path.parent.name != "right"], ids=name)
def test_a_program_shows_the_rule_of_its_folder(path: Path) -> None:
    shown = {code for _, code, _ in expected(text_of(path))}
    assert path.parent.name in shown
