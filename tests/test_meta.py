"""Code, documentation, change log and tests name the same rules."""

from __future__ import annotations

import re
from pathlib import Path

from accumlint.registry import discover

ROOT = Path(__file__).parent.parent
CODES = {rule.code for rule in discover()}
CODE = re.compile(r"\bACC\d{3}\b")


def codes_in(path: Path) -> set[str]:
    return set(CODE.findall(path.read_text("utf-8")))


def test_there_are_seventeen_rules() -> None:
    families = {family: sum(code.startswith(family) for code in CODES) for family in ("ACC0", "ACC1", "ACC2")}
    assert families == {"ACC0": 8, "ACC1": 1, "ACC2": 8}


def test_the_change_log_names_every_rule_and_no_other() -> None:
    assert codes_in(ROOT / "CHANGELOG.md") == CODES


def test_the_documentation_names_no_rule_that_is_not_there() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs" / "rules").glob("*.md")]:
        assert codes_in(path) <= CODES, path


def test_every_rule_has_three_programs() -> None:
    programs = ROOT / "tests" / "programs"
    for code in CODES:
        marked = [
            path for path in programs.glob("*/*.*") if re.search(rf"(error|warning): {code}", path.read_text("utf-8"))
        ]
        assert len(marked) >= 3, code


def test_a_module_is_named_for_one_rule() -> None:
    modules = {path.stem for path in (ROOT / "accumlint" / "rules").glob("*.py")} - {"__init__"}
    assert modules == {rule.name.replace("-", "_") for rule in discover()}
