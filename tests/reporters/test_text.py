from __future__ import annotations

import pytest

from accumlint.diagnostic import Applicability, Edit, Fix, Severity
from accumlint.engine import FileResult, Problem
from accumlint.reporters import Context
from accumlint.reporters.text import render
from tests.reporters.samples import TRAIN, TRAIN_REPORT, finding, result, span, train_result

CLEAN = FileResult("clean.py")


def lines_of(text: str, *diagnostics, width: int = 140) -> list[str]:
    """The report of one file without its headline and its summary."""
    report = render([result(text, *diagnostics)], Context(width=width))
    return report.split("\n\n")[0].splitlines()[1:]


def test_the_layout_of_the_design():
    assert render([train_result()], Context()).startswith(TRAIN_REPORT)


def test_findings_of_several_files_follow_one_another_with_a_true_summary():
    warning = finding(TRAIN, "import torch", severity=Severity.WARNING, code="ACC204")
    results = [train_result(), CLEAN, result(TRAIN, warning, path="other.py")]
    report = render(results, Context())
    headlines = [line for line in report.splitlines() if ": ACC" in line]
    assert [line.partition(":")[0] for line in headlines] == ["train.py", "other.py"]
    assert report.endswith("\n\n1 error, 1 warning in 2 of 3 files, 1 fixable with accumlint fix\n")


@pytest.mark.parametrize(
    "results, summary",
    [
        ([], "no findings in 0 files"),
        ([CLEAN], "no findings in 1 file"),
        ([CLEAN, CLEAN], "no findings in 2 files"),
        (
            [CLEAN, FileResult("bad.py", problems=(Problem("bad.py", "syntax error"),))],
            "no findings in 1 file, 1 file could not be checked",
        ),
    ],
)
def test_the_summary_without_findings(results, summary):
    assert render(results, Context()) == f"{summary}\n"


def test_unsafe_fixes_are_counted_apart():
    fix = Fix((Edit(span(TRAIN, "import torch\n"), ""),), "remove", Applicability.UNSAFE, "training changes")
    unsafe = finding(TRAIN, "import torch", fix=fix)
    report = render([result(TRAIN, unsafe)], Context())
    assert "help: remove [fixable, unsafe: training changes]" in report
    assert report.endswith("1 error in 1 of 1 file, 1 fixable with --unsafe-fixes\n")
    report = render([train_result(), result(TRAIN, unsafe)], Context())
    assert report.endswith("2 fixable".replace("2", "1") + " with accumlint fix, 1 more with --unsafe-fixes\n")


def test_labels_of_one_line_hang_below_one_another():
    text = "loss.backward(); total += raw.item()\n"
    found = finding(text, "raw", label="raw", labels=(("loss.backward()", "backward"), ("total", "the sum")))
    assert lines_of(text, found) == [
        "    1 | loss.backward(); total += raw.item()",
        "      | ---------------  -----    ^^^ raw",
        "      | |                |",
        "      | |                the sum",
        "      | backward",
    ]


def test_a_label_inside_another():
    text = "print(total / steps)\n"
    found = finding(text, "steps", label="counts steps", labels=(("total / steps", "the report"),))
    assert lines_of(text, found) == [
        "    1 | print(total / steps)",
        "      |       --------^^^^^ counts steps",
        "      |       |",
        "      |       the report",
    ]


def test_labels_that_begin_in_one_column_have_lines_of_their_own():
    text = "total += (raw / n).item(); done()\n"
    inner, whole = ("(raw / n)", "divided"), ("(raw / n).item()", "taken")
    found = finding(text, "total", label="the sum", labels=(whole, inner, ("done()", "the end")))
    assert lines_of(text, found) == [
        "    1 | total += (raw / n).item(); done()",
        "      | ^^^^^    ---------         ------ the end",
        "      | |        |",
        "      | |        divided",
        "      | the sum",
        "      |          ---------------- taken",
    ]


@pytest.mark.parametrize("at", ["raw", "raw / n"])
def test_the_finding_and_a_label_that_begin_in_one_column(at):
    text = "total += raw / n\n"
    other = {"raw": "raw / n", "raw / n": "raw"}[at]
    found = finding(text, at, label="added", labels=((other, "a loss"),))
    drawn = {"raw": "^^^ added", "raw / n": "--- a loss"}, {"raw": "------- a loss", "raw / n": "^^^^^^^ added"}
    assert lines_of(text, found)[1:] == [f"      |          {each[at]}" for each in drawn]


def test_a_finding_without_words_and_a_label_that_begin_in_one_column():
    text = "total += raw / n\n"
    found = finding(text, "raw / n", labels=(("raw", "a loss"),))
    assert lines_of(text, found)[1:] == ["      |          --- a loss", "      |          ^^^^^^^"]


@pytest.mark.parametrize("width", [20, 30, 50, 140])
def test_labels_in_one_column_after_wide_characters_at_any_width(width):
    text = f"x = '{'損' * 30}'; total += raw / n; y = '{'失' * 30}'\n"
    found = finding(text, "raw / n", label="added", labels=(("raw", "a loss"),))
    code, inner, whole = lines_of(text, found, width=width)
    start = code.index("raw") + sum(char in "損失" for char in code[: code.index("raw")])  # in cells
    assert inner == f"{'      |':<{start}}--- a loss"
    assert whole == f"{'      |':<{start}}^^^^^^^ added"


def test_texts_on_one_span_are_joined_and_said_once():
    text = "total += loss\n"
    found = finding(text, "loss", label="added", labels=(("loss", "divided"), ("loss", "divided")))
    assert lines_of(text, found)[1] == "      |          ^^^^ added; divided"


def test_wide_and_combining_characters_are_aligned_by_cells():
    text = 'x = "損失"; y = "e\u0301"; total += raw\n'
    found = finding(text, "raw", label="here")
    code, marks = lines_of(text, found)
    # Two cells for each of 損失, none for the accent: the caret stands one to the right of its index.
    assert code == f"    1 | {text.rstrip()}"
    assert marks.index("^") == code.index("raw") + 2 - 1


def test_tabs_become_spaces():
    text = "if a:\n\tx =\tloss\n"
    assert lines_of(text, finding(text, "loss")) == ["    2 |     x = loss", "      |         ^^^^"]


def test_long_lines_are_shown_around_what_is_marked():
    text = f"x = [{'1, ' * 200}loss, {'2, ' * 200}]\n"
    code, marks = lines_of(text, finding(text, "loss", label="here"), width=60)
    assert len(code) <= 60 + len("      | ")
    assert code.startswith("    1 | …")
    assert code.endswith("…")
    assert code[marks.index("^") :].startswith("loss, ")


def test_a_line_is_shown_again_for_marks_far_apart():
    text = f"first = [{'1, ' * 200}last]\n"
    shown = lines_of(text, finding(text, "last", label="the end", labels=(("first", "the start"),)), width=60)
    assert [line.split(" | ")[1].strip(" -^") for line in shown[1::2]] == ["the start", "the end"]
    assert len(shown) == 4


def test_a_line_of_a_megabyte():
    text = f"x = '{'a' * 1_000_000}'; loss\n"
    shown = lines_of(text, finding(text, "loss"))
    assert max(map(len, shown)) < 160
    assert shown[1].count("^") == 4


def test_a_span_over_several_rows_is_marked_on_its_first():
    text = "total += (\n    loss\n)\n"
    assert lines_of(text, finding(text, "(\n    loss\n)")) == ["    1 | total += (", "      |          ^"]


def test_an_empty_span_has_a_mark():
    text = "total += loss\n"
    assert lines_of(text, finding(text, "total «»+="))[1] == "      |       ^"


def test_what_could_rewrite_the_terminal_is_spelled_out():
    text = 'x = "\x1b]0;owned\x07\u202e\x85\u2028"; loss\n'
    report = render(
        [result(text, finding(text, "loss", message="a\x1b[2J\nb"), path="tr\x1b[31main\n.py")],
        Context(),
    )
    assert report.isprintable() is False  # line ends, nothing else
    assert all(line.isprintable() for line in report.split("\n"))
    assert "tr\\x1b[31main\\n.py:1:" in report
    assert '"\\x1b]0;owned\\x07\\u202e\\x85\\u2028"' in report
    assert "ACC001 error: a\\x1b[2J\\nb" in report
    code, marks = report.splitlines()[1:3]
    assert code.index("loss") == marks.index("^")


def test_colours_change_nothing_but_the_colour():
    import re

    plain = render([train_result()], Context(show_fixes=True))
    coloured = render([train_result()], Context(color=True, show_fixes=True))
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_show_fixes_shows_the_rows_before_and_after():
    report = render([train_result()], Context(show_fixes=True))
    assert "     -         train_loss += raw_loss.detach().item()\n" in report
    assert "     +         train_loss += loss.detach().item()\n" in report


def test_edits_that_share_rows_are_shown_once():
    text = "a = raw + raw2\nb = 1\nc = raw3\n"
    edits = tuple(Edit(span(text, at), "loss") for at in ("«raw» +", "raw2", "raw3"))
    found = finding(text, "b", fix=Fix(edits, "all", Applicability.SAFE))
    shown = render([result(text, found)], Context(show_fixes=True)).splitlines()
    assert [line.strip() for line in shown if line.strip()[:2] in ("- ", "+ ")] == [
        "- a = raw + raw2",
        "+ a = loss + loss",
        "- c = raw3",
        "+ c = loss",
    ]
