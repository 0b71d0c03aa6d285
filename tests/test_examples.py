"""examples/ is what it says: right is clean, wrong is caught and repaired, and the claims are measured.

The scripts name their finding and their claim in the first line. Here they are run as they are, with other
accumulation counts, and once more after ``accumlint fix``.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import COMMAND, environment

ROOT = Path(__file__).parent.parent
RIGHT = sorted((ROOT / "examples" / "right").glob("*.py"))
WRONG = sorted((ROOT / "examples" / "wrong").glob("*.py"))
WITHOUT_FIX = {"ACC007", "ACC204", "ACC207", "ACC208"}

# "Reported = N x mean" in a header, as the linter's factor
FACTORS = {"N x": "N", "mean / N": "1/N", "batch size x": "b", "mean / batch size": "1/b", "S x": "S"}


def accumlint(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command, env = [COMMAND, *map(str, arguments)], environment()
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)


def scan(*paths: Path) -> dict[str, list[dict[str, Any]]]:
    """Findings of all rules, also those off by default, by file name."""
    options = ("--isolated", "--no-cache", "--extend-select", "ACC208", "--output-format", "json")
    done = accumlint("scan", *options, *paths)
    assert done.returncode in (0, 1), done.stderr
    findings: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout):
        findings.setdefault(Path(finding["filename"]).name, []).append(finding)
    return findings


@pytest.fixture(scope="module")
def found() -> dict[str, list[dict[str, Any]]]:
    return scan(ROOT / "examples" / "wrong")


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/wrong after ``accumlint fix``."""
    copy = tmp_path_factory.mktemp("examples") / "wrong"
    shutil.copytree(ROOT / "examples" / "wrong", copy)
    done = accumlint("fix", "--isolated", "--no-cache", "--unsafe-fixes", copy)
    assert done.returncode == 1, done.stderr  # what has no fix remains
    return copy


@pytest.fixture(scope="module")
def left(fixed: Path) -> dict[str, list[dict[str, Any]]]:
    return scan(fixed)


def header(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0]


def code(path: Path) -> str:
    found = re.match(r"# (ACC\d{3}): ", header(path))
    assert found, f"{path.name}: the first line names the finding"
    return found[1]


def claim(path: Path) -> str | None:
    """The factor that the header claims."""
    _, _, claimed = header(path).partition("Reported = ")
    return next((factor for words, factor in FACTORS.items() if claimed.startswith(words)), None)


class Accelerator:
    """The part of accelerate.Accelerator that the examples need, so that the tests need no accelerate."""

    def __init__(self, gradient_accumulation_steps: int) -> None:
        self.window, self.micro_batches = gradient_accumulation_steps, 0

    def prepare(self, model: Any, optimizer: Any, loader: Any) -> tuple[Any, Any, Any]:
        def at_boundary(action: Any) -> Any:
            return lambda: action() if self.micro_batches % self.window == 0 else None

        wrapped = types.SimpleNamespace(step=at_boundary(optimizer.step), zero_grad=at_boundary(optimizer.zero_grad))
        return model, wrapped, loader

    @contextlib.contextmanager
    def accumulate(self, model: Any) -> Iterator[None]:
        self.micro_batches += 1
        yield

    def backward(self, loss: Any) -> None:
        (loss / self.window).backward()


def with_sizes(text: str, accum_steps: int, batch_size: int) -> str:
    text = re.sub(r"^accum_steps = 4$", f"accum_steps = {accum_steps}", text, flags=re.MULTILINE)
    return text.replace("batch_size=4)", f"batch_size={batch_size})")


def run(path: Path, accum_steps: int = 4, batch_size: int = 4) -> list[float]:
    """The numbers that a script prints: the last word of each line."""
    text = with_sizes(path.read_text("utf-8"), accum_steps, batch_size)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")  # ACC205's symptom
        exec(compile(text, str(path), "exec"), {"__name__": "__main__"})
    return [float(line.split()[-1]) for line in output.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def accelerate(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("accelerate")
    module.Accelerator = Accelerator  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "accelerate", module)


def names(path: Path) -> str:
    return path.stem


def test_right_is_clean() -> None:
    assert scan(ROOT / "examples" / "right") == {}


def test_every_rule_has_its_example() -> None:
    rules = accumlint("rules")
    assert rules.returncode == 0, rules.stderr
    assert set(re.findall(r"ACC\d{3}", rules.stdout)) == {code(path) for path in WRONG}


@pytest.mark.parametrize("path", WRONG, ids=names)
def test_wrong_is_caught(path: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    findings = found.get(path.name, [])
    assert {finding["code"] for finding in findings} == {code(path)}
    assert {finding["fix"] is None for finding in findings} == {code(path) in WITHOUT_FIX}
    if claim(path):
        assert {finding["factor"] for finding in findings} == {claim(path)}


@pytest.mark.parametrize("path", [path for path in WRONG if code(path) not in WITHOUT_FIX], ids=names)
def test_wrong_is_repaired(path: Path, left: dict[str, list[dict[str, Any]]]) -> None:
    assert path.name not in left


@pytest.mark.torch
@pytest.mark.parametrize("path", RIGHT + WRONG, ids=names)
def test_runs(path: Path) -> None:
    assert run(path)


def reports_per_window(path: Path) -> bool:
    """Whether all that is printed speaks of whole windows: a log of one micro-batch shows just that one."""
    return "accum_steps" in path.read_text("utf-8") and not path.stem.endswith("_in_log")


@pytest.mark.torch
@pytest.mark.parametrize("path", [*filter(reports_per_window, RIGHT)], ids=names)
def test_right_reports_the_same_for_every_accumulation_count(path: Path) -> None:
    once = run(path, accum_steps=1, batch_size=16)
    assert run(path, accum_steps=2, batch_size=8) == pytest.approx(once, rel=1e-4)
    assert run(path, accum_steps=4, batch_size=4) == pytest.approx(once, rel=1e-4)


@pytest.mark.torch
@pytest.mark.parametrize("path", [*filter(claim, WRONG)], ids=names)
def test_wrong_is_off_by_the_claimed_factor(path: Path, fixed: Path) -> None:
    sizes = {"accum_steps": 4, "batch_size": 2}
    factor = {"N": 4, "1/N": 1 / 4, "b": 2, "1/b": 1 / 2, "S": 65536}[claim(path) or ""]
    repaired = run(fixed / path.name, **sizes)
    assert run(path, **sizes) == pytest.approx([factor * number for number in repaired], rel=1e-4)


@pytest.mark.torch
@pytest.mark.parametrize(
    "path", [path for path in filter(reports_per_window, WRONG) if code(path) not in WITHOUT_FIX], ids=names
)
def test_repaired_reports_the_same_for_every_accumulation_count(path: Path, fixed: Path) -> None:
    once = run(fixed / path.name, accum_steps=1, batch_size=16)
    assert run(fixed / path.name, accum_steps=4, batch_size=4) == pytest.approx(once, rel=1e-4)
    if code(path) != "ACC005":  # S is not 1 when N is
        assert run(path, accum_steps=1, batch_size=16) == pytest.approx(once, rel=1e-4)
