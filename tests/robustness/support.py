"""The program that every test here has scanned and fixed, and the command run as users run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from accumlint.engine import fix_bytes
from accumlint.registry import select
from tests import command

WRONG = """\
def train(model, loader, optimizer, criterion, accumulation_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accumulation_steps
        loss.backward()
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()
    print("train loss", total / len(loader))
"""
"""The most common real mistake, ACC003: divided losses averaged over micro-batches."""


def _fixed() -> str:
    """What the fix makes of the program: whether it is right, other tests say; here it must stay the same."""
    source = fix_bytes(WRONG.encode(), "train.py", select()).result.source
    assert source is not None
    assert source.text != WRONG
    return source.text


FIXED = _fixed()

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Run:
    code: int
    out: bytes
    err: bytes

    @property
    def errors(self) -> str:
        return self.err.decode("utf-8", "surrogateescape")

    @property
    def output(self) -> str:
        return self.out.decode("utf-8", "surrogateescape")

    def about(self, name: str) -> str:
        """The lines on stderr that name this file."""
        return "\n".join(line for line in self.errors.split("\n") if name in line)


def accumlint_run(*arguments: str | bytes, cwd: Path, stdin: bytes = b"", timeout: float = 120) -> Run:
    """Run the command; a hang is a failure, and so is anything that only a bug says."""
    done = command.run(*arguments, cwd=cwd, stdin=stdin, timeout=timeout)
    run = Run(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in run.errors, run.errors
    assert "internal error" not in run.errors, run.errors
    return run
