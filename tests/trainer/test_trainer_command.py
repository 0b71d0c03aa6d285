"""``python -m reference_trainer`` as a process."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from reference_trainer import cli
from reference_trainer.config import Config

SHORT = ["--epochs", "1", "--batch-size", "32", "--log-every", "8", "--device", "cpu"]


def call(*arguments: str, torchrun: bool = False) -> subprocess.CompletedProcess[str]:
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"] if torchrun else []
    command = [sys.executable, *launcher, "-m", "reference_trainer", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.torch
def test_one_process_and_two_print_the_same_losses(tmp_path: Path) -> None:
    one = call("--task", "characters", *SHORT, "--precision", "float64")
    two = call(
        "train",
        "--task",
        "characters",
        *SHORT,
        "--precision",
        "float64",
        "--out",
        str(tmp_path),
        torchrun=True,
    )
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout
    assert one.stdout.count("mean loss per token") == 1
    assert one.stderr == ""  # no bar where stderr is not a terminal
    assert {"checkpoint.pt", "curves.csv"} <= {file.name for file in tmp_path.iterdir()}


def test_a_resumed_run_keeps_its_curves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*SHORT, "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    printed, written = capsys.readouterr().out, (tmp_path / "curves.csv").read_bytes()
    assert printed.count("valid") == 4
    assert cli.main([*arguments, "--resume"]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "curves.csv").read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--resume"], "--resume needs --out"),
        (["--resume", "--out", "nowhere"], "nowhere"),
        (["--batch-size", "6", "--accumulation-steps", "4"], "a batch of 6 cannot be cut into 4"),
        (["--precision", "float16", "--device", "cpu"], "float16 needs a CUDA device"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["train", "-h"], 0), (["--epoch-s"], 2)])
def test_the_parser_explains_itself(arguments: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == code


def test_every_setting_is_an_option_with_help() -> None:
    assert list(cli.HELP) == [field.name for field in fields(Config)]


def test_the_bar_shows_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal:
        written = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None: ...

    terminal = Terminal()
    assert list(cli.ProgressBar(2, stream=terminal)("ab")) == ["a", "b"]  # type: ignore[arg-type]
    assert "1/2 steps" in terminal.written
    assert terminal.written.endswith("\r\x1b[K")
    assert list(cli.ProgressBar(2, stream=sys.stderr)("ab")) == ["a", "b"]
    assert capsys.readouterr().err == ""
