"""Bytes to text and back: what no edit names does not change."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accumlint.diagnostic import Edit, Span
from accumlint.source import MAX_CODE_LENGTH, Location, Source, SourceError

ENCODINGS = ["utf-8", "latin-1", "cp1252", "gbk", "shift_jis", "euc-jp", "big5", "koi8-r", "utf-7"]


def edit(source: Source, old: str, new: str) -> Edit:
    start = source.text.index(old)
    return Edit(Span(start, start + len(old)), new)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_cookie_says_the_encoding_and_the_fix_keeps_it(encoding: str) -> None:
    word = {"latin-1": "é", "cp1252": "€", "koi8-r": "потеря"}.get(encoding, "損失")
    text = f"# -*- coding: {encoding} -*-\nx = '{word}'\nraw_loss\ny = '{word}'\n"
    source = Source.parse(text.encode(encoding), "train.py")
    assert source.text == text
    fixed = source.apply([edit(source, "raw_loss", "loss")])
    assert fixed == text.replace("raw_loss", "loss").encode(encoding)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_the_cookie_may_stand_in_the_second_line(line_end: bytes) -> None:
    data = line_end.join([b"#!/usr/bin/python", b"# vim: set fileencoding=latin-1 :", b"x = '\xe9'"])
    assert Source.parse(data, "a.py").text.endswith("x = 'é'")


def test_a_cookie_below_code_is_a_comment() -> None:
    assert Source.parse("x = 'é'\n# coding: latin-1\n".encode(), "a.py").encoding == "utf-8"


@pytest.mark.parametrize(
    ("data", "reason", "place"),
    [
        (b"x = 1\ny = '\xe9'\n", "cannot be decoded as UTF-8", (2, 6)),
        (b"# coding: no-such\n", "unknown encoding 'no-such'", (1, 1)),
        (b"#\n# coding: rot13\n", "'rot13' is not a text encoding", (2, 1)),
        (b"\xef\xbb\xbf# coding: latin-1\n", "contradicts the UTF-8 byte order mark", (1, 1)),
        ("x = 1".encode("utf-16"), "UTF-16", (1, 1)),
        ("x = 1".encode("utf-32"), "UTF-32", (1, 1)),
        (b"x = 1\nfoo\0\n", "NUL", (2, 4)),
        (b"# coding: ascii\nx = '\xff'\n", "cannot be decoded as ascii", (2, 6)),
        (b"# coding: raw_unicode_escape\nx = '\\ud800'\n", "cannot be decoded", None),
        (b"x = 0\n" * (MAX_CODE_LENGTH // 6 + 1), "too large", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(data: bytes, reason: str, place: tuple[int, int] | None) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        Source.parse(data, "a.py")
    assert place is None or (caught.value.row, caught.value.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3_000,
        "x = " + "(" * 100_000 + ")" * 100_000,
        "x = " + "+".join("a" * 100_000),
        "x = " + "-" * 100_000 + "1",
        "x = a" + ".b()" * 100_000,
        "x = " + "not " * 50_000 + "1",
        "x = " + "lambda: " * 20_000 + "1",
        "if a: pass\n" + "elif a: pass\n" * 50_000,
        "x = " + "f'{" * 1_000,
    ],
)
def test_what_would_overflow_a_parser_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        Source.parse(text.encode(), "a.py").syntax_tree()


def test_two_hundred_brackets_are_python() -> None:
    Source.parse(("(" * 199 + "1" + ")" * 199).encode(), "a.py").syntax_tree()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x = 1\nprint 'loss'\n", (2, 1)),
        ("x = (\n\n  1 +\n", (1, 5)),
        ("if x:\n\ty\n        z\n", (3, 1)),
        ("x = 1\r\rfoo bar\r", (3, 5)),
        ("é = '𝔘' 'b' c\n", (1, 13)),
    ],
)
def test_a_syntax_error_says_its_true_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(SourceError) as caught:
        Source.parse(text.encode(), "a.py").syntax_tree()
    assert caught.value.reason.startswith("syntax error: ")
    assert (caught.value.row, caught.value.column) == place


def test_rows_end_where_python_ends_them() -> None:
    source = Source.parse("a\r\nb\rc\nd\x0ce\u2028f\x1cg\n".encode(), "a.py")
    assert [source.line(row) for row in range(1, 6)] == ["a", "b", "c", "d\x0ce\u2028f\x1cg", ""]
    assert source.location(source.text.index("g")) == Location(4, 7)
    assert source.offset(4, 7) == source.text.index("g")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
def test_new_lines_take_the_line_end_of_their_neighbours(line_end: str, bom: bytes) -> None:
    text = line_end.join(["a = 1", "b = 2", "c = 3"])
    source = Source.parse(bom + text.encode(), "a.py")
    assert source.bom == bool(bom)
    at_c = source.text.index("c")
    fixed = source.apply([Edit(Span(at_c, at_c), "n = 0\n"), edit(source, "a", "x\ny")])
    assert fixed == bom + line_end.join(["x", "y = 1", "b = 2", "n = 0", "c = 3"]).encode()


def test_mixed_line_ends_stay_mixed() -> None:
    source = Source.parse(b"a\r\nb\nc\rraw\r\n\x0c\nd\r", "a.py")
    assert source.apply([edit(source, "raw", "loss")]) == b"a\r\nb\nc\rloss\r\n\x0c\nd\r"


def test_what_the_encoding_cannot_hold_is_refused() -> None:
    source = Source.parse(b"# coding: latin-1\nx = 1\n", "a.py")
    with pytest.raises(SourceError, match="iso8859-1"):
        source.apply([edit(source, "1", "'損'")])


def test_one_character_in_two_spellings_is_not_normalised() -> None:
    plain, odd = b"+AGE-", b"+AGEAYg-"  # UTF-7 may spell ASCII letters
    source = Source.parse(b"# coding: utf-7\nx = '" + plain + odd + b"'\nraw\n", "a.py")
    with pytest.raises(SourceError, match="cannot be rewritten exactly"):
        source.apply([edit(source, "raw", "loss")])


def test_edits_must_leave_each_other_alone() -> None:
    source = Source.parse(b"abcdef", "a.py")
    for edits in ([(0, 3), (2, 4)], [(1, 1), (1, 1)], [(1, 1), (1, 2)], [(0, 7)]):
        with pytest.raises(ValueError, match="edit"):
            source.apply([Edit(Span(*span), "x") for span in edits])
    assert source.apply([]) is source.data


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.data())
def test_only_the_edited_bytes_change(text: str, data: st.DataObject) -> None:
    text = text.removeprefix("\ufeff")
    try:
        source = Source.parse(text.encode(), "a.py")
    except SourceError:  # the text happens to hold a cookie
        return
    start = data.draw(st.integers(0, len(source.text)))
    end = data.draw(st.integers(start, len(source.text)))
    fixed = source.apply([Edit(Span(start, end), "loss")])
    assert fixed == (source.text[:start] + "loss" + source.text[end:]).encode(source.encoding)


@given(st.binary())
def test_any_bytes_are_a_source_or_an_error(data: bytes) -> None:
    for path in ("a.py", "a.ipynb"):
        try:
            source = Source.parse(data, path)
        except SourceError as error:
            assert error.reason
        else:
            assert source.apply([]) == data
            for offset in range(len(source.text) + 1):
                found = source.location(offset)
                assert source.offset(source.row(offset), found.column) == offset or "\r" in source.text


def test_a_bom_and_nothing_else_is_an_empty_program() -> None:
    assert Source.parse(codecs.BOM_UTF8, "a.py").text == ""
    assert Source.parse(b"", "a.py").text == ""
