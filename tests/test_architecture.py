"""The architecture as a test: what may import what, and who may print, exit or touch the disk.

Everything is read from the source by ``ast``; an import inside a function or under ``TYPE_CHECKING`` counts.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "accumlint"
TRAINER = ROOT / "reference_trainer"

# A module may import from its own rung and from those below. docs/architecture.md shows these very lines.
LADDER = """\
cli flake8_plugin
reporters trace config discovery files cache workers jobs pool outcome
engine fixer suppress baseline registry testing
rules
rule edits outside story windows rebinding gradients meters trace
flow
scale frameworks
source notebook diagnostic wire glance patterns interruption
"""
RUNG = {name: height for height, line in enumerate(reversed(LADDER.splitlines())) for name in line.split()}
RUNG["__main__"] = RUNG["cli"]
RUNG["__init__"] = -1  # the version, importable from everywhere

PRINTS = {"print", "input", "exit", "quit", "sys.exit", "click.echo", "click.secho", "SystemExit"}
STREAMS = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
OPENS = {"open", "io.open", "os.open", "os.fdopen", "os.replace", "os.unlink", "os.remove"}
DISK_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir"}

MAY_TOUCH_THE_DISK = {
    "files.py": "reads and writes the user's files",
    "cache.py": "keeps results",
    "config.py": "reads the settings",
    "cli/streams.py": "connects a stream that the caller closed to the null device",
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The first name below the package: ``rules`` for accumlint/rules/divided_in_place.py."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Dotted names of all imported modules; ``package`` resolves relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *filter(None, [node.module])])
            yield module
            # `from accumlint import fixer` imports a module too
            yield from (f"{module}.{alias.name}" for alias in node.names)


def mentions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that are called or raised, and attributes of modules, dotted, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield ast.unparse(node.exc), node.lineno
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), str(path))


def package_of(path: Path) -> str:
    return ".".join(path.parent.relative_to(ROOT).parts)


def prints_or_exits(tree: ast.AST) -> set[str]:
    return {f"{name} in line {line}" for name, line in mentions(tree) if name in PRINTS | STREAMS}


def touches_the_disk(tree: ast.AST) -> set[str]:
    return {
        f"{name} in line {line}"
        for name, line in mentions(tree)
        if name in OPENS or name.rpartition(".")[2] in DISK_METHODS
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    def test_has_its_rung(self, path: Path) -> None:
        assert part(path) in RUNG, "say in LADDER and in docs/architecture.md where this module stands"

    def test_imports_only_downward(self, path: Path) -> None:
        for name in imports(parse(path), package_of(path)):
            top, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if top == "accumlint" and target in RUNG:
                assert RUNG[target] <= RUNG[part(path)], f"{part(path)} may not import {name}"

    def test_imports_only_what_the_package_depends_on(self, path: Path) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        declared = {requirement.split(">")[0] for requirement in project["dependencies"]}
        tops = {name.partition(".")[0] for name in imports(parse(path), package_of(path))}
        assert tops - sys.stdlib_module_names - {"accumlint"} <= declared

    def test_only_cli_prints_or_exits(self, path: Path) -> None:
        if part(path) not in {"cli", "__main__"}:
            assert not prints_or_exits(parse(path))

    def test_only_files_and_cache_touch_the_disk(self, path: Path) -> None:
        if path.relative_to(PACKAGE).as_posix() not in MAY_TOUCH_THE_DISK:
            assert not touches_the_disk(parse(path))


def test_the_ladder_is_the_documented_one() -> None:
    assert LADDER in (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_rung_holds_what_it_names() -> None:
    """No name in the ladder is left over from a module that is gone."""
    assert {part(path) for path in MODULES} == set(RUNG)


def test_linter_and_reference_trainer_do_not_know_each_other() -> None:
    """The oracle is worth something only if it shares no code with what it judges."""
    used = {name.partition(".")[0] for path in TRAINER.rglob("*.py") for name in imports(parse(path), package_of(path))}
    assert "torch" in used
    assert "accumlint" not in used
    linter = chain.from_iterable(imports(parse(path), package_of(path)) for path in MODULES)
    assert not {"reference_trainer", "torch"} & {name.partition(".")[0] for name in linter}


def test_the_checks_see_what_they_forbid() -> None:
    sample = ast.parse(
        "from . import cli\n"
        "def late():\n"
        "    from ..flow import analyze\n"
        "    print(sys.stderr)\n"
        "    raise SystemExit(2)\n"
        "    Path('x').write_text('')\n"
    )
    assert {"accumlint.rules.cli", "accumlint.flow"} <= set(imports(sample, "accumlint.rules"))
    assert prints_or_exits(sample) == {"print in line 4", "sys.stderr in line 4", "SystemExit in line 5"}
    assert len(touches_the_disk(sample)) == 1
