from __future__ import annotations

import pytest

from accumlint.edits import apply
from accumlint.source import Source
from accumlint.suppress import Suppressions, add_ignores
from tests.reporters.samples import finding


def split(text: str, *findings):
    source = Source.parse(text.encode(), "train.py")
    kept, suppressed, unused = Suppressions.parse(source).split(findings, source)
    return len(kept), len(suppressed), [ignore.code for ignore in unused]


KEPT, SILENCED = (1, 0, []), (0, 1, [])


@pytest.mark.parametrize(
    "comment, outcome",
    [
        ("", KEPT),
        ("# noqa", SILENCED),
        ("# NOQA : acc001", SILENCED),
        ("#noqa:ACC001", SILENCED),
        ("# noqa: E501, ACC001", SILENCED),
        ("# noqa: E501 ACC001 because", SILENCED),
        ("# noqa: ACC0", SILENCED),
        ("# noqa: E501", KEPT),
        ("# noqa: ACC003", (1, 0, ["ACC003"])),
        ("# noqa: E501, ACC003, ACC001", (0, 1, ["ACC003"])),
        ("# noqatall", KEPT),
        ("# accumlint: ignore", SILENCED),
        ("# accumlint: ignore[ACC001] the window is the report", SILENCED),
        ("# accumlint:ignore[ACC003, acc001]", (0, 1, ["ACC003"])),
        ("# accumlint: ignore[inflated-loss-metric]", SILENCED),
        ("# accumlint: ignore[ACC003]", (1, 0, ["ACC003"])),
        ("# accumlint: ignored", KEPT),
        ("# type: ignore  # accumlint: ignore[ACC001] reason  # noqa: E501", SILENCED),
    ],
)
def test_a_comment_on_the_line(comment, outcome):
    text = f"total = 0\ntotal += loss  {comment}\n"
    assert split(text, finding(text, "+= «loss»")) == outcome


@pytest.mark.parametrize("comment", ["# noqa: ACC001", "# accumlint: ignore[ACC001] reason"])
def test_a_comment_alone_above(comment):
    text = f"{comment}\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == SILENCED
    text = f"{comment}\n# another word\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == SILENCED
    text = f"{comment}\ntotal = 0\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == (1, 0, ["ACC001"])


def test_a_comment_behind_other_code_speaks_not_for_the_line_below():
    text = "total = 0  # noqa: ACC001\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == (1, 0, ["ACC001"])


def test_a_statement_over_several_lines():
    body = "self.log(\n    'loss',\n    loss,{inside}\n){after}\n"
    for text in (
        body.format(inside="  # noqa: ACC001", after=""),
        body.format(inside="", after="  # noqa: ACC001"),
        "# noqa: ACC001\n" + body.format(inside="", after=""),
    ):
        assert split(text, finding(text, "    «loss»,")) == SILENCED
    text = body.format(inside="", after="").replace("'loss',", "'loss',  # noqa: ACC001")
    assert split(text, finding(text, "    «loss»,")) == (1, 0, ["ACC001"])


def test_what_stands_in_a_string_is_no_comment():
    text = "total += loss; x = '# noqa: ACC001'\n"
    assert split(text, finding(text, "+= «loss»")) == KEPT
    text = "'''\n# accumlint: skip-file\n'''\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == KEPT


def test_skip_file():
    text = "# accumlint: skip-file (generated)\ntotal += loss\n"
    assert split(text, finding(text, "+= «loss»")) == SILENCED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends(end):
    text = f"total = 0{end}total += loss  # noqa: ACC001{end}total += 1{end}"
    assert split(text, finding(text, "+= «loss»")) == SILENCED


def test_what_cannot_be_tokenized_is_not_silenced_by_what_follows():
    text = "total += loss\n(((  # noqa\n"
    assert split(text, finding(text, "+= «loss»")) == KEPT


# add_ignores -----------------------------------------------------------------------------------------------


def silenced(text: str, *findings, reason: str = "old code") -> str:
    source = Source.parse(text.encode(), "train.py")
    edits = add_ignores(source, findings, reason)
    after = Source.parse(source.apply(edits), "train.py")
    assert after.text == apply(text, edits)
    return after.text


@pytest.mark.parametrize(
    "before, after",
    [
        ("total += loss\n", "total += loss  # accumlint: ignore[ACC001] old code\n"),
        ("total += loss", "total += loss  # accumlint: ignore[ACC001] old code"),
        ("total += loss   \n", "total += loss  # accumlint: ignore[ACC001] old code   \n"),
        (
            "total += loss  # noqa: E501\n",
            "total += loss  # noqa: E501  # accumlint: ignore[ACC001] old code\n",
        ),
        (
            "total += loss  # accumlint: ignore[ACC003] why\n",
            "total += loss  # accumlint: ignore[ACC003, ACC001] why\n",
        ),
        (
            "if a:\n    total += loss \\\n        * 2\n",
            "if a:\n    # accumlint: ignore[ACC001] old code\n    total += loss \\\n        * 2\n",
        ),
        (
            "    \nlog(loss, '''\n''')\n",
            "    \n# accumlint: ignore[ACC001] old code\nlog(loss, '''\n''')\n",
        ),
        ("log(\n    loss,\n)\n", "log(\n    loss,  # accumlint: ignore[ACC001] old code\n)\n"),
    ],
)
def test_add_ignores(before, after):
    found = finding(before, "loss")
    assert silenced(before, found) == after
    assert split(after, finding(after, "loss"))[:2] == (0, 1)


def test_add_ignores_puts_the_codes_of_a_line_into_one_comment():
    text = "total += loss + raw\n"
    found = (finding(text, "raw", code="ACC003"), finding(text, "loss"))
    assert silenced(text, *found) == "total += loss + raw  # accumlint: ignore[ACC001, ACC003] old code\n"
