"""What is generated in README.md and docs/ is up to date, and what is shown there is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from accumlint.engine import check_bytes
from accumlint.registry import discover, select

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def test_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, "docs/generate.py", "--check"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"run `make docs`\n{done.stdout}{done.stderr}"


def test_no_page_of_a_rule_that_is_gone() -> None:
    codes = {rule.code for rule in discover()}
    assert {page.stem for page in (ROOT / "docs" / "rules").glob("ACC*.md")} == codes


@pytest.mark.parametrize("page", [ROOT / "CHANGELOG.md", ROOT / "README.md"], ids=lambda page: page.name)
def test_names_every_rule(page: Path) -> None:
    for rule in discover():
        assert re.search(rf"{rule.code}\b.*{rule.name}", text_of(page)), f"{rule.code} {rule.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", text_of(page)):
        assert (page.parent / target).exists(), target


def test_the_nine_lines_are_found_wrong() -> None:
    program = re.search(r"```python\n(.*?)```", text_of(ROOT / "docs" / "loss-scale.md"), re.DOTALL)
    assert program is not None
    assert program[1].count("\n") == 9
    result = check_bytes(program[1].encode(), "nine_lines.py", select())
    assert [(finding.code, finding.factor) for finding in result.diagnostics] == [("ACC003", "1/N")]
