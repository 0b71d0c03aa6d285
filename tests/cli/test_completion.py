"""Completion, as each shell asks the installed command for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import run

SHELLS = ["bash", "zsh", "fish"]


def completed(shell: str, line: str, cwd: Path) -> str:
    """What the command answers where a line is completed at its end."""
    words = line.split(" ")
    position = words[-1] if shell == "fish" else str(len(words) - 1)
    # Fish hands over the line up to the word that is completed.
    given = " ".join(words[:-1]) if shell == "fish" else line
    env = {"_ACCUMLINT_COMPLETE": f"{shell}_complete", "COMP_WORDS": given, "COMP_CWORD": position}
    done = run(cwd=cwd, env=env)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell(tmp_path, shell):
    done = run(cwd=tmp_path, env={"_ACCUMLINT_COMPLETE": f"{shell}_source"})
    assert f"_ACCUMLINT_COMPLETE={shell}_complete" in done.stdout.decode()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line, answer",
    [
        ("accumlint explain ACC00", "ACC001"),
        ("accumlint explain acc00", "acc001"),
        ("accumlint explain inflated", "inflated-loss-metric"),
        ("accumlint scan --select ACC00", "ACC001"),
        ("accumlint scan --select ACC001,ACC2", "ACC001,ACC201"),
        ("accumlint fix --ignore acc001,acc2", "acc001,acc201"),
        ("accumlint sc", "scan"),
        ("accumlint scan --stat", "--statistics"),
        ("accumlint scan --output-format g", "gitlab"),
    ],
)
def test_names_are_completed(tmp_path, shell, line, answer):
    assert answer in completed(shell, line, tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line",
    [
        "accumlint scan ",
        "accumlint fix tr",
        "accumlint trace ",
        "accumlint baseline -o ",
        "accumlint scan --baseline ",
        "accumlint scan --output-file ",
        "accumlint scan --stdin-filename ",
        "accumlint scan --config ",
    ],
)
def test_files_are_completed_by_the_shell(tmp_path, shell, line):
    assert completed(shell, line, tmp_path).startswith("file")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_commands_are_described_in_whole_sentences(tmp_path, shell):
    answer = completed(shell, "accumlint ", tmp_path)
    assert "Write down what is known, to report only what is new." in answer
    assert "..." not in answer
