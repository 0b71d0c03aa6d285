"""What the installed command shows on a terminal: colour, its width, progress."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.cli.test_commands import WRONG
from tests.command import on_terminal, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[mK]")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one wrong script."""
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def terminal(*args: str, **more) -> tuple[int, str]:
    """As on_terminal, without the progress that a slow machine shows."""
    code, shown = on_terminal(*args, **more)
    return code, re.sub(r"(\r\x1b\[K\d+ files? checked, \d+ with findings)+\r\x1b\[K", "", shown)


def cells(text: str) -> int:
    """How many columns a terminal gives a text, told here once more."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


# Colour ----------------------------------------------------------------------------------------------------

COMMANDS = [["scan"], ["fix", "--diff"], ["trace", "train.py"], ["explain", "ACC001"], ["rules"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_colour_on_a_terminal_and_only_there(project, command):
    _, coloured = terminal(*command, cwd=project, columns=200)
    assert ESCAPE.search(coloured)
    for option, env in (("--no-color", {}), ("", {"NO_COLOR": "1"}), ("", {"TERM": "dumb"})):
        _, plain = terminal(*command, *filter(None, [option]), cwd=project, columns=200, env=env)
        assert "\x1b" not in plain
    assert b"\x1b" not in run(*command, cwd=project).stdout


# Width -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize("command", [["trace", "train.py"], ["explain", "ACC006"]], ids=lambda command: command[0])
def test_tables_and_prose_fit_the_terminal(project, command, columns):
    _, shown = terminal(*command, cwd=project, columns=columns)
    lines = [ESCAPE.sub("", line) for line in shown.split("\n")]
    assert max(map(cells, lines)) <= columns
    assert max(map(cells, lines)) > columns - 20


def test_code_in_prose_is_coloured_as_a_whole(project):
    _, shown = terminal("explain", "ACC001", cwd=project)
    quoted = [piece for piece in re.findall(r"\x1b\[36m(.*?)\x1b\[0m", shown) if piece.startswith("`")]
    assert "`loss / N`" in quoted
    assert all(piece.count("`") == 2 for piece in quoted)
    assert "``" not in shown


def test_a_long_line_is_shown_in_a_window_and_so_is_its_fix(project):
    line = "        train_loss += raw_loss.detach().item()"
    long = f"        {'x = 1; ' * 400}train_loss += raw_loss.detach().item(){'; y = 2' * 400}"
    (project / "train.py").write_text(WRONG.replace(line, long))
    _, shown = terminal("scan", "--show-fixes", "--no-color", cwd=project)
    source, removed, added = (
        next(row for row in shown.split("\n") if row.startswith(head)) for head in ("   12 |", "     - ", "     + ")
    )
    for row in (source, removed, added):
        assert cells(row) <= 80
        assert row.count("…") == 2
    assert "+= raw_loss" in removed
    assert "+= loss" in added


# Alignment -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["損失", "пот", "cafe\u0301", "ロス", "손실", unicodedata.normalize("NFD", "손실")])
def test_labels_stand_below_what_they_point_at(project, name):
    text = WRONG.replace("raw_loss", name).replace("    ", "\t")
    text = text.replace("train_loss +=", f"x =\t'{name}🙂'; train_loss +=")
    (project / "train.py").write_text(text)
    _, shown = terminal("scan", "--no-color", cwd=project, columns=120)
    rows = shown.split("\n")
    (marked,) = [index for index, row in enumerate(rows) if "^" in row]
    source, marks = rows[marked - 1], rows[marked]
    name = unicodedata.normalize("NFC", name)  # of the two halves of a cell we can only count whole ones
    before = unicodedata.normalize("NFC", source).partition("+= ")[0] + "+= "
    assert marks.index("^") == cells(before)
    assert marks.count("^") == cells(name)


# Several files ---------------------------------------------------------------------------------------------


def test_several_files_follow_one_another_with_a_true_summary(project):
    (project / "again.py").write_text(WRONG)
    (project / "clean.py").write_text("x = 1\n")
    (project / "broken.py").write_text(f"{WRONG}def (")
    code, shown = terminal("scan", "--no-color", cwd=project)
    heads = [line.partition(":")[0] for line in shown.split("\n") if ": ACC001 error: " in line]
    assert (code, heads) == (2, ["again.py", "train.py"])
    assert "\n2 errors in 2 of 3 files, 2 fixable with accumlint fix, 1 file could not be checked\n" in shown
    code, shown = terminal("scan", "nowhere.py", cwd=project)
    assert (code, shown.split("\n")[0]) == (2, "no findings in 0 files, 1 file could not be checked")


# Names -----------------------------------------------------------------------------------------------------


def test_file_names_are_spelled_out_on_a_terminal_and_themselves_elsewhere(tmp_path):
    (tmp_path / "\x1b[31mred.py").write_text("")
    assert terminal("scan", "--show-files", cwd=tmp_path) == (0, "\\x1b[31mred.py\n")
    assert run("scan", "--show-files", cwd=tmp_path).stdout == b"\x1b[31mred.py\n"


# Progress --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["scan", "--no-cache"], ["fix", "--diff"]], ids=lambda command: command[0])
def test_progress_is_shown_while_people_wait(tmp_path, command):
    for number in range(24):
        (tmp_path / f"{number}.py").write_text(WRONG * 20)
    _, shown = on_terminal(*command, "--jobs=1", cwd=tmp_path)
    counts = re.findall(r"(\d+) files? checked, (\d+) with findings", shown)
    assert counts
    assert all(files == dirty for files, dirty in counts)
    assert not re.search(r"files? checked[^\r]*\n", shown), "each count is erased again"
