"""Install the wheel into empty environments and use it: each Python, lowest and newest dependencies.

``python scripts/smoke_wheel.py`` builds the wheel of this checkout and takes every Python from 3.11 on that
it finds; ``--python`` names them instead. Beside the lowest versions TorchFix and Fixit are installed, whose
pins (``libcst<1.6``, ``click<8.2``) we have to live with. torch is never installed, and never needed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
NEIGHBOURS = ("torchfix", "fixit", "libcst<1.6", "click<8.2")

WRONG = """\
def train(model, loader, optimizer, criterion, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()
    print("loss", total / len(loader))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter; may be given several times")
    parser.add_argument("--wheel", type=Path, help="a wheel that is built already")
    options = parser.parse_args()
    pythons = options.python or list(found_pythons())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = options.wheel or build(folder)
        cases = [(python, title) for python in pythons for title in BESIDE]
        for number, (python, title) in enumerate(cases):
            versions = smoke(python, wheel, BESIDE[title](), folder / f"environment{number}")
            sys.stdout.write(f"{title:<25} {versions}\n")
            sys.stdout.flush()


def found_pythons() -> Iterator[str]:
    """The interpreters of VERSIONS on the PATH and in pyenv's folder, one of each."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        installed = sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))
        found = [*installed, shutil.which(f"python{version}")]
        if python := next(filter(None, found), None):
            yield python


def build(folder: Path) -> Path:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def lowest() -> list[str]:
    """The lowest version of each dependency that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.sub(r">=([0-9.]+).*", r"==\1.*", requirement) for requirement in project["dependencies"]]


BESIDE: dict[str, Callable[[], Sequence[str]]] = {
    "newest": list,
    "lowest": lowest,
    "beside TorchFix and Fixit": lambda: NEIGHBOURS,
}
"""What is installed together with the wheel."""


def smoke(python: str, wheel: Path, beside: Sequence[str], environment: Path) -> str:
    """Install and use the wheel; a line with the versions. Raises where anything is not as it should be."""
    run(python, "-m", "venv", environment)
    bin = environment / ("Scripts" if os.name == "nt" else "bin")
    run(bin / "python", "-m", "pip", "install", "--quiet", wheel, "flake8", *beside)
    run(bin / "python", "-m", "pip", "check")
    listed = json.loads(run(bin / "python", "-m", "pip", "list", "--format", "json"))
    versions = {package["name"].lower(): package["version"] for package in listed}
    expect("torch" not in versions, "torch was installed")
    use(bin, environment)
    shown = ("accumlint", "libcst", "click", "pathspec", "torchfix", "fixit")
    release = run(bin / "python", "-c", "import platform; print(platform.python_version())").strip()
    return f"Python {release}: " + ", ".join(f"{name} {versions[name]}" for name in shown if name in versions)


def use(bin: Path, folder: Path) -> None:
    """A finding, its fix, the rules, and the same through flake8."""
    script = folder / "train.py"
    script.write_text(WRONG)
    accumlint = bin / "accumlint"
    report = run(accumlint, "scan", "--output-format", "json", "--no-cache", script, expected=1)
    expect([found["code"] for found in json.loads(report)] == ["ACC003"], report)
    expect(
        "ACC003" in run(bin / "flake8", "--isolated", "--select", "ACC", script, expected=1),
        "flake8 is silent",
    )
    expect("@@" in run(accumlint, "fix", "--diff", script, expected=1), "no diff")
    expect("1 fixed, 0 left" in run(accumlint, "fix", script), "not fixed")
    expect("no findings" in run(accumlint, "scan", script), "still a finding")
    expect("ACC001" in run(accumlint, "rules"), "no rules")
    expect(run(bin / "python", "-m", "accumlint", "--version").startswith("accumlint "), "no version")


def run(*command: object, expected: int = 0) -> str:
    """Run a command outside the checkout; its output. Raises where its exit code is another."""
    words = list(map(str, command))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=tempfile.gettempdir(), env=environment, check=False
    )
    expect(done.returncode == expected, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(holds: bool, complaint: str) -> None:
    if not holds:
        raise SystemExit(complaint)


if __name__ == "__main__":
    main()
