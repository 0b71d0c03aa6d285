"""How text lies in the cells of a terminal: what is shown for a character, and how many columns it takes.

Scanned text is data. A file may hold (or be named with) escape sequences, newlines and bidirectional
controls, which would let it rewrite the terminal or hide what the code does; they are shown spelled out.
"""

from __future__ import annotations

from typing import NamedTuple

TAB = 4
ELLIPSIS = "…"
_JOINER = "\u200d"  # joins emoji; harmless, and spelled out it would tear them apart


def printable(text: str) -> str:
    """The text on one line, with everything spelled out that is not a visible character or a space."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def width(text: str) -> int:
    """How many columns a printable text takes."""
    return len(text) if text.isascii() else sum(_columns(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable() or char == _JOINER:
        return char
    import unicodedata  # late: most text is ASCII, and most runs only start and end

    if unicodedata.category(char) == "Zs":
        return " "
    return char.encode("unicode_escape").decode("ascii")


def _columns(char: str) -> int:
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff":
        return 0  # the last are vowels and finals of Hangul, which join the consonant before them
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Layout(NamedTuple):
    """A line, or the part of it that fits, as shown; ``columns`` says where each code point begins."""

    text: str
    start: int
    """The first code point of the line that is shown."""
    columns: tuple[int, ...]
    """One entry for each code point shown and one for the end, in columns from 0."""

    @property
    def end(self) -> int:
        return self.start + len(self.columns) - 1

    def column(self, index: int) -> int:
        """The column of a code point of the line, kept within what is shown."""
        return self.columns[min(max(index, self.start), self.end) - self.start]


def lay_out(line: str, limit: int, first: int = 0) -> Layout:
    """Show a line within ``limit`` columns: all of it if it fits, else from a little before ``first`` on."""
    whole = _lay_out_from(line, 0, limit)
    if whole.end == len(line):
        return whole
    margin = min(limit // 4, 20)
    if first < whole.end - margin:
        return whole
    return _lay_out_from(line, max(first - margin, 0), limit)


def _lay_out_from(line: str, start: int, limit: int) -> Layout:
    shown = [ELLIPSIS] if start else []
    column = len(shown)
    columns = [column]
    # A character takes no column at worst, so a slice bounds the work on a line of a megabyte.
    for char in line[start : start + 4 * limit]:
        text = " " * (TAB - column % TAB) if char == "\t" else _shown(char)
        next_column = column + width(text)
        if next_column > limit - 1 and start + len(columns) < len(line):
            break
        shown.append(text)
        column = next_column
        columns.append(column)
    if start + len(columns) - 1 < len(line):
        shown.append(ELLIPSIS)
    return Layout("".join(shown), start, tuple(columns))
