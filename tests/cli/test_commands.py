"""The commands as users run them: a process, its exit code, and what it says where."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import COMMAND, environment, run

WRONG = """\
def train(model, loader, optimizer, criterion, accum_steps):
    train_loss = 0.0
    optimizer_steps = 0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
        train_loss += raw_loss.detach().item()
    print(train_loss / max(optimizer_steps, 1))
"""
RIGHT = WRONG.replace("+= raw_loss.detach", "+= loss.detach")
DIFF = """\
--- train.py
+++ train.py
@@ -9,5 +9,5 @@
             optimizer.step()
             optimizer.zero_grad()
             optimizer_steps += 1
-        train_loss += raw_loss.detach().item()
+        train_loss += loss.detach().item()
     print(train_loss / max(optimizer_steps, 1))
"""
LINE = "train.py:12:23: ACC001 error: "


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one wrong script."""
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def scan(*args: str, cwd: Path, **more):
    return run("scan", *args, cwd=cwd, **more)


# Exit codes ------------------------------------------------------------------------------------------------


def test_findings_exit_1_and_are_reported(project):
    done = scan(cwd=project)
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    assert out.startswith(LINE)
    assert re.search(r"^ += help: .*\[fixable, safe\]$", out, re.MULTILINE)
    assert out.endswith("\n\n1 error in 1 of 1 file, 1 fixable with accumlint fix\n")


def test_clean_code_exits_0(project):
    (project / "train.py").write_text(RIGHT)
    done = scan(cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"no findings in 1 file\n", b"")


@pytest.mark.parametrize(
    "options, code",
    [
        (["--exit-zero"], 0),
        (["--fail-on", "error"], 1),
        (["--fail-on", "never"], 0),
        (["--ignore", "ACC001"], 0),
        (["--select", "ACC2"], 0),
        (["--select", "ACC0,ACC2"], 1),
    ],
)
def test_what_makes_the_exit_code_1(project, options, code):
    assert scan(*options, cwd=project).returncode == code


def test_a_warning_does_not_fail_when_errors_are_asked_for(project):
    (project / "accumlint.toml").write_text("[severity]\nACC001 = 'warning'\n")
    done = scan(cwd=project)
    assert done.returncode == 1
    assert b"ACC001 warning: " in done.stdout
    assert scan("--fail-on", "error", cwd=project).returncode == 0


def test_what_cannot_be_done_is_named_and_the_rest_is_still_scanned(project):
    (project / "broken.py").write_text("def train(:\n    loss.backward()\n")
    (project / "latin.py").write_bytes(b"# \xff\nloss.backward()\n")
    done = scan("nowhere.py", "broken.py", "latin.py", "train.py", cwd=project)
    errors = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert done.stdout.decode().startswith(LINE)
    assert errors[0] == "accumlint: nowhere.py: no such file or folder"
    assert errors[1].startswith("accumlint: broken.py:1:11: syntax error: ")
    assert errors[2].startswith("accumlint: latin.py:1:3: cannot be decoded as UTF-8")
    assert len(errors) == 3


def test_a_folder_without_python_is_no_error(tmp_path):
    done = scan(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"accumlint: no Python files found\n")


@pytest.mark.parametrize(
    "args, message",
    [
        (["scan", "--nonsense"], "No such option"),
        (["scan", "--select", "ACC999"], "'--select': no rule 'ACC999'; see accumlint rules"),
        (["scan", "--output-format", "xml"], "Invalid value for '--output-format'"),
        (["scan", "--config", "missing.toml"], "missing.toml"),
        (["scan", "-", "train.py"], "'-' reads standard input"),
        (["scan", "--output-file", "no/such/folder/x"], "cannot write no/such/folder/x"),
        (["scan", "--baseline", "missing.json"], "missing.json: no such file or folder"),
        (["scan", "--add-ignores", "two\nlines"], "a reason is one line"),
        (["explain", "ACC999"], "no rule 'ACC999'; "),
        (["trace", "missing.py"], "missing.py: no such file or folder"),
        (["baseline", "-"], "standard input has no place in it"),
        (["nonsense"], "No such command"),
    ],
)
def test_bad_usage_exits_2_and_says_why(project, args, message):
    done = run(*args, cwd=project)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_bug_is_one_clear_line_and_exit_2(project):
    code = (
        "import accumlint.cli.checking as c, accumlint.cli as cli\n"
        "c.Request.results = lambda self: 1 / 0\n"
        "cli.main(['scan'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (b"accumlint: internal error, please report it: ZeroDivisionError: division by zero\n")


# Reports ---------------------------------------------------------------------------------------------------


def test_a_report_in_a_file(project):
    done = scan("--output-format", "json", "--output-file", "report.json", cwd=project)
    assert (done.returncode, done.stdout) == (1, b"")
    (found,) = json.loads((project / "report.json").read_bytes())
    assert (found["code"], found["filename"], found["factor"]) == ("ACC001", "train.py", "N")


@pytest.mark.parametrize("name", ["text", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_every_format_is_utf8_for_files_and_the_same_twice(project, name):
    first = scan("--output-format", name, cwd=project)
    again = scan("--output-format", name, "--no-cache", "--jobs", "2", cwd=project)
    assert first.returncode == again.returncode == 1
    assert first.stdout == again.stdout
    assert "accum_steps" in first.stdout.decode("utf-8")


def test_a_terminal_that_cannot_show_a_character_gets_it_spelled_out(project):
    done = scan(cwd=project, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert b"\\xd7" in done.stdout  # the times sign


@pytest.mark.parametrize(
    "options, env, coloured",
    [
        ([], {}, False),
        (["--color"], {}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color"], {"NO_COLOR": "1"}, True),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(project, options, env, coloured):
    assert (b"\x1b[" in scan(*options, cwd=project, env=env).stdout) is coloured


def test_statistics_count_by_rule(project):
    (project / "again.py").write_text(WRONG)
    done = scan("--statistics", cwd=project)
    assert done.returncode == 1
    assert done.stdout.decode() == "     2  ACC001  inflated-loss-metric  (2 fixable)\n"


def test_show_fixes_shows_the_line_to_be(project):
    assert "+         train_loss += loss.detach().item()" in scan("--show-fixes", cwd=project).stdout.decode()


def test_an_interrupt_exits_130(project):
    process = subprocess.Popen(
        [COMMAND, "scan", "-"], cwd=project, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )  # fmt: skip
    with process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b"x" * 300_000)  # more than a pipe holds: it is reading
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 130
        assert b"Traceback" not in process.stderr.read()


# Input -----------------------------------------------------------------------------------------------------


def test_standard_input(project):
    done = scan("--stdin-filename", "src/train.py", "-", cwd=project, stdin=WRONG)
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"src/{LINE}")
    assert scan("-", cwd=project, stdin=WRONG).stdout.decode().startswith(LINE.replace("train.py", "-"))


def test_a_notebook(project):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in ("import torch", WRONG)
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (project / "train.ipynb").write_text(json.dumps(notebook))
    done = scan("--output-format", "concise", "train.ipynb", cwd=project)
    assert done.stdout.decode().startswith("train.ipynb:cell 2:12:23: ACC001 error: ")


def test_files_are_found_as_configured(project):
    for name in ("a.py", "b.pyi", "c.ipynb", "d.txt", "venv/e.py", "skip/f.py", "ignored.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("")
    (project / ".git").mkdir()
    (project / ".gitignore").write_text("ignored.py\n")

    def files(*options: str) -> str:
        return scan("--show-files", *options, cwd=project).stdout.decode()

    assert files() == "a.py\nb.pyi\nc.ipynb\nskip/f.py\ntrain.py\n"
    assert files("--extend-exclude", "skip", "--extend-exclude", "*.pyi") == "a.py\nc.ipynb\ntrain.py\n"
    assert "ignored.py" in files("--no-respect-gitignore")
    assert "venv/e.py" in files("--exclude", "skip")
    assert files("venv/e.py") == "venv/e.py\n"
    assert files("--force-exclude", "venv/e.py") == ""


def test_the_configuration_is_found_from_the_scanned_path(project):
    (project / "pyproject.toml").write_text("[tool.accumlint]\nignore = ['ACC001']\n")
    other = project / "elsewhere"
    other.mkdir()
    assert scan(str(project), cwd=other).returncode == 0
    assert scan(str(project), "--isolated", cwd=other).returncode == 1
    (other / "own.toml").write_text("select = ['ACC001']\n")
    assert scan(str(project), "--config", "own.toml", cwd=other).returncode == 1
    shown = scan(str(project), "--show-settings", cwd=other).stdout.decode()
    assert f"# {project / 'pyproject.toml'}; patterns are relative to {project}" in shown
    assert 'ignore = ["ACC001"]' in shown


def test_a_bad_configuration_names_file_key_and_the_nearest_name(project):
    (project / "pyproject.toml").write_text("[tool.accumlint]\nignroe = ['ACC001']\n")
    done = scan(cwd=project)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"Error: {project / 'pyproject.toml'}: tool.accumlint.ignroe: unknown key; did you mean 'ignore'?\n"
    )


def test_per_file_ignores(project):
    (project / "accumlint.toml").write_text("[per-file-ignores]\n'old/*' = ['ACC0']\n")
    (project / "old").mkdir()
    (project / "old/train.py").write_text(WRONG)
    out = scan("--output-format", "concise", cwd=project).stdout.decode()
    assert [line.partition(":")[0] for line in out.splitlines()] == ["train.py"]


def test_names_of_n_are_taught_by_the_configuration(project):
    opaque = """\
def train(model, loader, optimizer, criterion, zorp, is_boundary):
    total = 0.0
    for x, y in loader:
        loss = criterion(model(x), y) / zorp
        loss.backward()
        if is_boundary():
            optimizer.step()
            optimizer.zero_grad()
        total += loss.item()
    print("loss", total / len(loader))
"""
    (project / "train.py").write_text(opaque)
    assert scan("--select", "ACC003", cwd=project).returncode == 0
    (project / "accumlint.toml").write_text("accumulation-names = ['zorp']\n")
    assert scan("--select", "ACC003", cwd=project).returncode == 1


# Silencing -------------------------------------------------------------------------------------------------


def test_ignores_are_added_and_reported_once_unused(project):
    done = scan("--add-ignores", "since the first release", cwd=project)
    assert (done.returncode, done.stderr) == (0, b"accumlint: 1 finding silenced\n")
    text = (project / "train.py").read_text()
    assert text == WRONG.replace(".item()\n", ".item()  # accumlint: ignore[ACC001] since the first release\n")
    assert scan("--report-unused-ignores", cwd=project).returncode == 0

    (project / "train.py").write_text(text.replace("+= raw_loss", "+= loss"))
    assert scan(cwd=project).returncode == 0
    assert scan("--report-unused-ignores", "--select", "ACC003", cwd=project).returncode == 0
    done = scan("--report-unused-ignores", cwd=project)
    assert done.returncode == 1
    assert b"ACC000 warning: `ACC001` silences nothing here" in done.stdout


def test_ignores_added_to_standard_input(project):
    done = scan("--add-ignores", "why", "-", cwd=project, stdin=WRONG)
    assert done.returncode == 0
    assert done.stdout.decode() == WRONG.replace(".item()\n", ".item()  # accumlint: ignore[ACC001] why\n")
    assert scan("--add-ignores", "why", "-", cwd=project, stdin="x = 1").stdout == b"x = 1"


def test_the_baseline_is_a_ratchet(project):
    first = run("baseline", cwd=project)
    assert (first.returncode, first.stdout) == (0, b"accumlint-baseline.json: 1 finding\n")
    against = ["--baseline", "accumlint-baseline.json"]
    assert scan(*against, cwd=project).returncode == 0
    (project / "train.py").write_text(f"import torch\n\n\n{WRONG}")
    assert scan(*against, cwd=project).returncode == 0

    (project / "new.py").write_text(WRONG)
    done = scan(*against, "--output-format", "concise", cwd=project)
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stdout.decode().splitlines()] == ["new.py"]
    grown = run("baseline", cwd=project)
    assert grown.returncode == 1
    assert grown.stdout == b"accumlint-baseline.json: 1 finding\n"
    assert b"new, not added: new.py: ACC001: train_loss += raw_loss.detach().item()" in grown.stderr

    (project / "train.py").write_text(RIGHT)
    (project / "new.py").unlink()
    done = scan(*against, cwd=project)
    assert done.returncode == 0
    assert b"1 entry is fixed; run accumlint baseline to drop it" in done.stderr
    assert run("baseline", cwd=project).stdout == b"accumlint-baseline.json: 0 findings, 1 fixed since\n"
    (project / "train.py").write_text(WRONG)
    assert scan(*against, cwd=project).returncode == 1
    assert run("baseline", "--accept-new", cwd=project).returncode == 0
    assert scan(*against, cwd=project).returncode == 0


# fix -------------------------------------------------------------------------------------------------------


def test_fix_repairs_and_counts(project):
    done = run("fix", "--show-fixes", cwd=project)
    assert done.returncode == 0
    assert (project / "train.py").read_text() == RIGHT
    out = done.stdout.decode()
    assert out.startswith("train.py:\n  ACC001 ")
    assert out.endswith("\n\n1 fixed, 0 left\n")
    assert run("fix", cwd=project).stdout == b"0 fixed, 0 left\n"


def test_fix_diff_writes_nothing_and_exits_1(project):
    done = run("fix", "--diff", cwd=project)
    assert done.returncode == 1
    assert done.stdout.decode() == DIFF
    assert done.stderr == b"1 would be fixed, 0 left\n"
    assert (project / "train.py").read_text() == WRONG
    (project / "train.py").write_text(RIGHT)
    done = run("fix", "--diff", cwd=project)
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_diff_is_one_that_patch_applies(project):
    diff = run("fix", "--diff", cwd=project).stdout
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=diff, check=True)
    assert (project / "train.py").read_text() == RIGHT


def test_the_diff_of_odd_bytes(project):
    odd = f"# -*- coding: latin-1 -*-\n{WRONG}# \xe9".replace("\n", "\r\n")
    (project / "train.py").write_bytes(odd.encode("latin-1"))
    diff = run("fix", "--diff", cwd=project).stdout
    assert b"+        train_loss += loss.detach().item()\r\n" in diff
    assert b" # \xe9\n\\ No newline at end of file\n" in diff


def test_fix_of_standard_input(project):
    done = run("fix", "-", cwd=project, stdin=WRONG)
    assert (done.returncode, done.stdout.decode()) == (0, RIGHT)
    assert done.stderr == b"1 fixed, 0 left\n"
    for hopeless in ("x = 1\r\n", "def (:\n  loss.backward()\n"):
        done = run("fix", "-", cwd=project, stdin=hopeless)
        assert done.stdout.decode() == hopeless
    assert done.returncode == 2


def test_fix_leaves_a_silenced_finding(project):
    silenced = WRONG.replace(".item()\n", ".item()  # noqa: ACC001\n")
    (project / "train.py").write_text(silenced)
    done = run("fix", cwd=project)
    assert (done.returncode, done.stdout) == (0, b"0 fixed, 0 left\n")
    assert (project / "train.py").read_text() == silenced


def test_unsafe_fixes_are_held_back_and_said(project):
    undivided = WRONG.replace("loss = raw_loss / accum_steps", "loss = raw_loss")
    (project / "train.py").write_text(undivided)
    done = run("fix", "--select", "ACC201", cwd=project)
    assert done.returncode == 1
    assert (project / "train.py").read_text() == undivided
    assert done.stdout.decode().endswith("0 fixed, 1 left, 1 needs --unsafe-fixes\n")
    done = run("fix", "--select", "ACC201", "--unsafe-fixes", cwd=project)
    assert done.returncode == 0
    assert (project / "train.py").read_text() != undivided


def test_a_read_only_file_is_named_and_not_counted_as_fixed(project):
    (project / "train.py").chmod(0o444)
    done = run("fix", cwd=project)
    assert done.returncode == 2
    assert done.stderr == b"accumlint: train.py: not written: it is read-only\n"
    assert done.stdout.decode().endswith("0 fixed, 1 left\n")


# What explains ---------------------------------------------------------------------------------------------


def test_explain(project):
    for name in ("ACC001", "acc001", "inflated-loss-metric"):
        out = run("explain", name, cwd=project).stdout.decode()
        assert out.startswith("ACC001 inflated-loss-metric\n")
        assert "\nWhy it matters\n" in out
        assert "```" not in out
    as_json = json.loads(run("explain", "ACC001", "--output-format", "json", cwd=project).stdout)
    assert (as_json["code"], as_json["fix"], as_json["default"]) == ("ACC001", "safe", True)


def test_rules(project):
    out = run("rules", cwd=project).stdout.decode()
    assert re.search(r"^ACC001  inflated-loss-metric +error    safe fix$", out, re.MULTILINE)
    listed = json.loads(run("rules", "--output-format", "json", cwd=project).stdout)
    assert [rule["code"] for rule in listed] == sorted(line.split()[0] for line in out.splitlines())


def test_trace(project):
    whole = run("trace", "train.py", cwd=project)
    assert whole.returncode == 0
    assert "accum_steps" in whole.stdout.decode()
    assert run("trace", "train.py:5", cwd=project).returncode == 0
    assert json.loads(run("trace", "train.py", "--output-format", "json", cwd=project).stdout)
    (project / "plain.py").write_text("x = 1\n")
    plain = run("trace", "plain.py", cwd=project)
    assert (plain.returncode, plain.stderr) == (0, b"accumlint: plain.py: no training loop found\n")


@pytest.mark.parametrize("command", ["scan", "fix", "trace", "explain", "rules", "baseline"])
def test_every_command_has_help_with_examples(project, command):
    done = run(command, "--help", cwd=project)
    assert done.returncode == 0
    assert re.search(rf"^ +Examples:\n +accumlint {command}\b", done.stdout.decode(), re.MULTILINE)


def test_version_and_help_by_module(project):
    assert run("--version", cwd=project).stdout == b"accumlint 0.1.0\n"
    assert run(cwd=project).stdout + run(cwd=project).stderr != b""
    assert b"_ACCUMLINT_COMPLETE=zsh_source" in run("--help", cwd=project).stdout


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["scan", "plain.py"], ["scan", "--no-cache"]])
def test_what_needs_no_analysis_imports_none(tmp_path, args):
    (tmp_path / "plain.py").write_text("import os\nprint(os.name)\n")
    code = (
        "import sys, accumlint.cli\n"
        f"code = accumlint.cli.run({args!r})\n"
        "heavy = {'libcst', 'rich', 'multiprocessing', 'torch'} & set(sys.modules)\n"
        "sys.exit(f'{code} {heavy}' if code or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_cache_lies_where_it_is_asked_for(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere") / "cache"
    run("scan", "--cache-dir", str(folder), cwd=project)
    assert list(folder.glob("*.json"))
    assert not (project / ".accumlint_cache").exists()
