"""Regenerate what is generated in README.md and docs/: rule pages, the table of rules, outputs of commands.

    make docs                        write what is out of date
    python docs/generate.py --check  only name it, and exit 1 (a test does this)

A page says what belongs into it by comments that do not show: the output of a command stands between
``<!-- output:begin accumlint rules -->`` and ``<!-- output:end -->``, the table of rules between
``<!-- rules:begin -->`` and ``<!-- rules:end -->``. The rest of the page is written by hand.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from accumlint.registry import discover
from accumlint.rule import Rule

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OUTPUT = re.compile(r"(?P<begin><!-- output:begin (?P<command>.+?) -->\n).*?(?P<end><!-- output:end -->)", re.DOTALL)
TABLE = re.compile(r"(?P<begin><!-- rules:begin -->\n).*?(?P<end><!-- rules:end -->)", re.DOTALL)
LANGUAGES = {"--diff": "diff", "sarif": "json", "gitlab": "json", "json": "json", "junit": "xml"}
PLAIN = {"NO_COLOR": "1", "COLUMNS": "110", "PYTHONUTF8": "1"}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = [(path, text) for path, text in pages() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        print("out of date:" if check else "wrote", path.relative_to(ROOT))
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return int(check and bool(stale))


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with something generated in it, and the text that it should have."""
    for path in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        text = TABLE.sub(lambda block: block["begin"] + table("docs/rules/") + block["end"], path.read_text("utf-8"))
        yield path, OUTPUT.sub(shown, text)
    yield DOCS / "rules" / "README.md", f"# The rules\n\n{table('')}"
    for rule in discover():
        yield DOCS / "rules" / f"{rule.code}.md", page(rule)


def table(folder: str) -> str:
    rows = [
        f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name} | {summary(rule)} "
        f"| {rule.severity.value} | {fix(rule)} |\n"
        for rule in discover()
    ]
    return "| code | name | flags | severity | fix |\n|---|---|---|---|---|\n" + "".join(rows)


def summary(rule: type[Rule]) -> str:
    words = rule.documentation().summary.replace("``", "`").replace("|", "\\|")
    return words if rule.default else f"{words} Off by default."


def page(rule: type[Rule]) -> str:
    documentation = rule.documentation()
    default = "on" if rule.default else "off"
    facts = f"Severity: {rule.severity.value}. Fix: {fix(rule)}. By default: {default}."
    sections = (f"## {heading}\n\n{body}\n" for heading, body in documentation.sections.items())
    return "\n".join([f"# {rule.code}: {rule.name}\n", f"{documentation.summary}\n", f"{facts}\n", *sections])


def fix(rule: type[Rule]) -> str:
    """The best fix that an example of the rule proves."""
    return "none" if rule.AUTOFIX is None else rule.AUTOFIX.value


def shown(block: re.Match[str]) -> str:
    language = next((name for word, name in LANGUAGES.items() if word in block["command"]), "text")
    text = f"$ {block['command']}\n{output(block['command'])}".rstrip()
    return f"{block['begin']}```{language}\n{text}\n```\n{block['end']}"


def output(command: str) -> str:
    """What a command of ours prints; findings (exit status 1) are welcome, failures (2) are not."""
    program, verb, *arguments = shlex.split(command)
    if verb in ("scan", "fix"):
        arguments.append("--no-cache")  # the analysis may have changed since the cache was written
    done = subprocess.run(
        [sys.executable, "-m", program, verb, *arguments],
        cwd=ROOT,
        env=os.environ | PLAIN,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
