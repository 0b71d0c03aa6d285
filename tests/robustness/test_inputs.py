"""Every kind of input that libcst, ruff, black, pyupgrade or Fixit fails on, in one folder.

Each input holds a training loop that reports a wrong number, so it is a candidate; beside them lies an
ordinary file, which has to be found and fixed whatever its neighbours are.
"""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

import pytest

from tests.robustness.support import FAILED, FINDINGS, FIXED, WRONG, Run, accumlint_run

LINES = WRONG.splitlines(keepends=True)


def before(text: str, encoding: str = "utf-8") -> bytes:
    """The program below this text."""
    return (text + WRONG).encode(encoding)


def after(text: str) -> bytes:
    """The program above this text."""
    return (WRONG + text).encode()


TRAINS = b"loss.backward(); optimizer.step()"
"""What a file must hold to be looked at when nobody named it."""

REFUSED: dict[str, tuple[bytes, str]] = {
    "syntax_error.py": (after("x = = 1\n"), ":12:5: syntax error: invalid syntax"),
    "python_2.py": (after("print 'loss'\n"), ":12:1: syntax error: Missing parentheses"),
    "except_comma.py": (after("try: pass\nexcept A, e: pass\n"), ":13:8: syntax error"),
    "latin_1_without_cookie.py": (before("# caf\xe9\n", "latin-1"), ":1:6: cannot be decoded as UTF-8"),
    "unknown_codec.py": (before("# coding: no-such-codec\n"), ":1:1: unknown encoding 'no-such-codec'"),
    "rot13.py": (before("# coding: rot13\n"), ":1:1: 'rot13' is not a text encoding"),
    "bom_with_other_cookie.py": (
        codecs.BOM_UTF8 + before("# coding: latin-1\n"),
        ":1:1: encoding 'latin-1' contradicts the UTF-8 byte order mark",
    ),
    "utf_16.py": (WRONG.encode("utf-16"), ":1:1: encoded in UTF-16"),
    "utf_32.py": (WRONG.encode("utf-32"), ":1:1: encoded in UTF-16 or UTF-32"),
    "surrogate.py": (after("x = '") + b"\xed\xa0\x80'\n", ":12:6: cannot be decoded as UTF-8"),
    "nul_in_code.py": (after("x = 1\0\n"), ":12:6: holds a NUL character"),
    "nul_in_string.py": (after("x = 'a\0'\n"), ":12:7: holds a NUL character"),
    "tabs_and_spaces.py": (after("if 1:\n\tx\n        y\n"), ":14:"),
    "backslash_at_end.py": (after("x = 1 \\"), ":12:"),
    "form_feed_in_indentation.py": (after("if x:\n  \x0c    y\n      z\n"), ":14:"),
    "brackets_3000.py": (after("x = " + "(" * 3_000 + ")" * 3_000), ":12:"),
    "brackets_100000.py": (after("x = " + "(" * 100_000 + ")" * 100_000), ":12:"),
    "calls_1000.py": (after("x = " + "f(" * 1_000 + ")" * 1_000), ":12:"),
    "brackets_unclosed.py": (after("(" * 100_000), ":12:"),
    "indents_150.py": (after("".join(" " * i + "if a:\n" for i in range(150)) + " " * 150 + "b\n"), ":112:"),
    "pluses_100000.py": (after("x = " + "+".join("a" * 100_000) + "\n"), "nested too deeply"),
    "calls_in_a_row.py": (after("x = a" + ".b()" * 50_000 + "\n"), "nested too deeply"),
    "subscripts.py": (after("x = a" + "[0]" * 50_000 + "\n"), "nested too deeply"),
    "nots.py": (after("x = " + "not " * 50_000 + "a\n"), "nested too deeply"),
    "powers.py": (after("x = " + "a ** " * 20_000 + "a\n"), "nested too deeply"),
    "lambdas.py": (after("x = " + "lambda: " * 20_000 + "a\n"), "nested too deeply"),
    "ternaries.py": (after("x = " + "a if b else " * 20_000 + "a\n"), "nested too deeply"),
    "elifs_50000.py": (after("if a: pass\n" + "elif a: pass\n" * 50_000), "nested too deeply"),
    "ten_megabytes.py": (after("def f(x):\n    return x + 1\n" * 400_000), "too large"),
    # Valid, and named as what libcst does not parse.
    "continued_indentation.py": (after("if x:\n    \\\n    y\n"), "libcst cannot read it"),
    "annotated_in_parentheses.py": (after("(x): int = 1\n"), "libcst cannot read it"),
    "empty.ipynb": (TRAINS, "not a notebook: invalid JSON"),
    "version_3.ipynb": (b'{"worksheets": ["%s"], "nbformat": 3}' % TRAINS, "older than 4"),
    "list.ipynb": (b'["%s"]' % TRAINS, "not an object"),
    "no_cells.ipynb": (b'{"nbformat": "%s"}' % TRAINS, "no list of cells"),
    "source_is_a_number.ipynb": (
        b'{"cells": [{"cell_type": "code", "source": 3, "x": "%s"}]}' % TRAINS,
        "the source of cell 1 is not text",
    ),
    "deep.ipynb": (b'{"cells": [], "%s": ' % TRAINS + b"[" * 100_000, "nested too deeply"),
    "syntax_error.ipynb": (
        b'{"cells": [{"cell_type": "code", "source": "x"},'
        b' {"cell_type": "code", "source": ["%s\\n", "x = = 1"]}]}' % TRAINS,
        "syntax error",
    ),
}
"""What cannot be handled, and what has to be said of it."""


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def lone_cr(text: str) -> bytes:
    return text.replace("\n", "\r").encode()


def mixed(text: str) -> bytes:
    ends = ("\n", "\r\n", "\r")
    lines = text.splitlines()
    return "".join(line + ends[number % 3] for number, line in enumerate(lines)).encode()


def wrapped(head: str = "", tail: str = "", encoding: str = "utf-8", bom: bytes = b"") -> tuple[bytes, bytes]:
    return tuple(bom + (head + text + tail).encode(encoding) for text in (WRONG, FIXED))  # type: ignore[return-value]


ACCEPTED: dict[str, tuple[bytes, bytes]] = {
    "latin_1.py": wrapped("# coding: latin-1\n# café\n", "x = 'é'\n", "latin-1"),
    "cp1252.py": wrapped("#!/usr/bin/python\n# -*- coding: cp1252 -*-\n# €\n", "x = '€'\n", "cp1252"),
    "gbk.py": wrapped("# coding: gbk\n# 损失\n", "x = '损失'\n", "gbk"),
    "utf_7.py": wrapped("# coding: utf-7\n", "", "utf-7"),
    "bom.py": wrapped("# é\n", "x = 'é'\n", bom=codecs.BOM_UTF8),
    "bom_and_cookie.py": wrapped("# coding: utf-8\n", bom=codecs.BOM_UTF8),
    "crlf.py": (crlf(WRONG), crlf(FIXED)),
    "lone_cr.py": (lone_cr(WRONG), lone_cr(FIXED)),
    "mixed.py": (mixed(WRONG), mixed(FIXED)),
    "form_feed_at_line_start.py": wrapped("import os\n\x0c\n\x0cx = 1\n", "\x0c\n"),
    "no_final_newline.py": wrapped(tail="x = 1"),
    "comment_without_newline.py": wrapped(tail="x = 1\n\n  #c"),
    "blanks_at_end.py": wrapped(tail="x = 1\n\n   \n\t"),
    "last_cr.py": wrapped(tail="x = 1\r"),
    "leading_backslash.py": wrapped("\\\nx = 1\n"),
    "own_line_backslash.py": wrapped("x = 1\n\\\n\ny = 2\n"),
    "space_before_colon.py": wrapped(tail="try: x\nexcept OSError : y\n"),
    **({"f_string_space.py": wrapped(tail='x = f"{3!s  }"\n')} if sys.version_info >= (3, 12) else {}),
    "bom_in_string.py": wrapped(tail="x = '\ufeff'\n"),
    "brackets_150.py": wrapped(tail="x = " + "(" * 150 + "1" + ")" * 150 + "\n"),
    "long_line.py": wrapped(tail="x = '" + "a" * 1_000_000 + "'\n"),
    "elifs_300.py": wrapped(tail="if a: pass\n" + "elif a: pass\n" * 300),
    "pluses_900.py": wrapped(tail="x = " + "+".join("a" * 900) + "\n"),
    "adjacent_strings.py": wrapped(tail="x = " + "'a' " * 2_000 + "\n"),
    "comparisons.py": wrapped(tail="x = " + " < ".join("a" * 200) + "\n"),
    "decorators.py": wrapped(tail="@a\n" * 500 + "def f(): pass\n"),
    "warning.py": wrapped(tail="x = '\\d' is 1\n"),
    "hundreds_of_statements.py": wrapped(tail="x = f(y)[0] + 1\n" * 300),
}
"""What can be handled, and what has to be in the file after the fix, to the byte."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    for name, (data, _) in {**REFUSED, **ACCEPTED}.items():
        (folder / name).write_bytes(data)
    (folder / "ordinary.py").write_bytes(WRONG.encode())
    return folder


@pytest.fixture(scope="module")
def scanned(folder: Path) -> Run:
    return accumlint_run("scan", "--no-cache", "--output-format", "concise", cwd=folder, timeout=300)


@pytest.fixture(scope="module")
def fixed(folder: Path, scanned: Run) -> Run:
    return accumlint_run("fix", "--no-cache", cwd=folder, timeout=300)


def test_the_ordinary_file_is_found_and_fixed_among_them(folder: Path, scanned: Run, fixed: Run) -> None:
    assert "ordinary.py:10:18: ACC003" in scanned.output
    assert (folder / "ordinary.py").read_bytes() == FIXED.encode()


def test_the_exit_code_says_that_not_all_could_be_done(scanned: Run, fixed: Run) -> None:
    assert (scanned.code, fixed.code) == (FAILED, FAILED)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named_with_the_reason_and_left_alone(
    name: str, folder: Path, scanned: Run, fixed: Run
) -> None:
    data, reason = REFUSED[name]
    assert reason in scanned.about(name)
    assert reason in fixed.about(name)
    assert len(scanned.about(name)) < 500
    assert (folder / name).read_bytes() == data


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_can_be_read_is_found_and_fixed_to_the_byte(name: str, folder: Path, scanned: Run, fixed: Run) -> None:
    assert scanned.about(name) == fixed.about(name) == ""
    assert f"{name}:" in scanned.output
    assert (folder / name).read_bytes() == ACCEPTED[name][1]


def test_fixing_again_changes_nothing(folder: Path, fixed: Run) -> None:
    data = {path: path.read_bytes() for path in folder.iterdir()}
    again = accumlint_run("fix", "--no-cache", cwd=folder, timeout=300)
    assert again.code == FAILED
    assert {path: path.read_bytes() for path in folder.iterdir()} == data


@pytest.mark.parametrize("name", ["syntax_error.py", "python_2.py", "nul_in_code.py", "brackets_3000.py"])
def test_standard_input_that_cannot_be_read_is_given_back(name: str, tmp_path: Path) -> None:
    data, reason = REFUSED[name]
    run = accumlint_run("fix", "-", "--stdin-filename", name, cwd=tmp_path, stdin=data)
    assert run.code == FAILED
    assert run.out == data
    assert reason in run.about(name)


@pytest.mark.parametrize("name", ["latin_1.py", "mixed.py", "bom.py", "form_feed_at_line_start.py"])
def test_standard_input_is_fixed_to_the_byte(name: str, tmp_path: Path) -> None:
    data, expected = ACCEPTED[name]
    run = accumlint_run("fix", "-", "--stdin-filename", name, cwd=tmp_path, stdin=data)
    assert run.out == expected
    assert not list(tmp_path.iterdir())


def test_files_without_code_are_clean(tmp_path: Path) -> None:
    for name, data in {"empty.py": b"", "blank.py": b" \n\t\n\x0c", "bom.py": codecs.BOM_UTF8}.items():
        (tmp_path / name).write_bytes(data)
    assert accumlint_run("scan", "--no-cache", cwd=tmp_path).code == 0


def test_findings_alone_are_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(WRONG)
    assert accumlint_run("scan", "--no-cache", cwd=tmp_path).code == FINDINGS
