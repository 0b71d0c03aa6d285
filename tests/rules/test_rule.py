"""What a rule's class says of itself."""

from __future__ import annotations

import pytest

from accumlint.diagnostic import Applicability, Severity
from accumlint.rule import SECTIONS, Documentation, Invalid, Rule

PAGE = "Says what is wrong.\n\n" + "\n\n".join(f"## {section}\n\nText of {section}." for section in SECTIONS)


def test_a_docstring_is_taken_apart():
    page = Documentation.parse(PAGE.replace("Text of Example.", "```python\nx = 1\n```"))
    assert page.summary == "Says what is wrong."
    assert page.sections["Fix safety"] == "Text of Fix safety."
    assert page.snippets("Example") == ["x = 1\n"]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        PAGE.replace("## Example", "## Examples"),
        PAGE.replace("Text of Example.", ""),
        PAGE.removeprefix("Says what is wrong."),
        PAGE + "\n\n## More\n\nText.",
    ],
)
def test_a_docstring_that_is_not_complete_is_refused(broken):
    with pytest.raises(ValueError, match=r"sections|nothing"):
        Documentation.parse(broken)


def test_the_span_of_an_example_is_marked_by_its_text():
    assert Invalid("a += raw\nraw = 1\n", at="a += «raw»").span.start == 5
    assert Invalid("a += raw\n", at="raw").span.end == 8


@pytest.mark.parametrize("at", ["raw", "nowhere", "= «nowhere»"])
def test_a_span_that_is_not_one_place_is_refused(at):
    with pytest.raises(ValueError, match="times"):
        assert Invalid("raw = raw\n", at=at).span


def make(**members: object) -> type[Rule]:
    given = {"code": "TST001", "severity": Severity.ERROR, "VALID": (), "INVALID": ()} | members
    return type("Made", (Rule,), {key: value for key, value in given.items() if value is not None})


def test_a_fix_is_claimed_only_where_an_example_shows_it():
    unfixed = Invalid("x", at="x")
    unsafe = Invalid("x", at="x", fixed="y", applicability=Applicability.UNSAFE)
    safe = Invalid("x", at="x", fixed="y")
    assert make(INVALID=(unfixed,)).AUTOFIX is None
    assert make(INVALID=(unfixed, unsafe)).AUTOFIX is Applicability.UNSAFE
    assert make(INVALID=(unsafe, safe)).AUTOFIX is Applicability.SAFE


def test_the_name_is_the_module_s():
    assert make(__module__="their.package.loss_in_disguise").name == "loss-in-disguise"


@pytest.mark.parametrize("wrong", [{"code": "1"}, {"severity": None}, {"VALID": None}, {"code": None}])
def test_a_class_that_says_too_little_is_refused(wrong):
    with pytest.raises(TypeError):
        make(**wrong)
