"""From bytes to text and back: encodings, byte order marks, line ends, notebook cells, positions.

A :class:`Source` keeps the file's bytes exactly as they were read. Everything else works on its
:attr:`~Source.text`, and the only way back is :meth:`Source.apply`, which splices edits into the original
bytes. No syntax tree is ever written out, so what no edit names cannot change: mixed line ends, form feeds,
a missing final newline, a byte order mark, a notebook's outputs.

The first parser that sees the text is CPython's (:meth:`Source.syntax_tree`). It counts brackets while it
reads tokens and refuses more than 200 that nest, and it limits every other recursion; other parsers overflow
the C stack there, which ends the process without an exception (LibCST issue #1000).
"""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from accumlint.diagnostic import Edit, Span
from accumlint.glance import is_wide

if TYPE_CHECKING:
    from accumlint.notebook import Notebook

MAX_CODE_LENGTH = 2_000_000
"""The longest program that is parsed, in code points. A syntax tree takes up to 600 times the space of its
text; a file beyond this size was generated, and holds no training loop that somebody wrote."""


class SourceError(Exception):
    """A file that cannot be understood; ``row`` and ``column`` count from 1, ``cell`` is a notebook's."""

    def __init__(self, reason: str, row: int | None = None, column: int | None = None, cell: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        self.column = column
        self.cell = cell


@dataclass(frozen=True, slots=True)
class Location:
    """A place as people name it: row and column from 1, columns in code points, ``cell`` in a notebook."""

    row: int
    column: int
    cell: int | None = None


@dataclass(frozen=True)
class Source:
    """One file: its bytes and the program in them."""

    path: str
    """As shown to the user."""
    data: bytes
    """The file as it was read."""
    text: str
    """Decoded, without byte order mark, line ends as they are. Of a notebook: the program that its code
    cells make in order, with everything that is not Python blanked to the same length."""
    encoding: str
    bom: bool
    notebook: Notebook | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, data: bytes, path: str) -> Source:
        """Read a file's bytes (a notebook if the path ends in ``.ipynb``); raises :class:`SourceError`."""
        if path.endswith(".ipynb"):
            return _parse_notebook(data, path)
        encoding, bom = _detect_encoding(data)
        text = _decode(data[len(codecs.BOM_UTF8) :] if bom else data, encoding)
        _check_parsable(text)
        return cls(path, data, text, encoding, bom)

    @property
    def is_notebook(self) -> bool:
        return self.notebook is not None

    @cached_property
    def _row_starts(self) -> list[int]:
        return _row_starts(self.text)

    @property
    def row_count(self) -> int:
        return len(self._row_starts)

    def row(self, offset: int) -> int:
        """The row of :attr:`text`, from 1, that holds this offset."""
        return bisect_right(self._row_starts, offset)

    def line(self, row_in_text: int) -> str:
        """One row of :attr:`text` without its line end; empty beyond the last one."""
        if not 1 <= row_in_text <= self.row_count:
            return ""
        start = self._row_starts[row_in_text - 1]
        end = self._row_starts[row_in_text] if row_in_text < self.row_count else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, row_in_text: int, column: int) -> int:
        """The offset of a row and column of :attr:`text` (both from 1), kept within that row."""
        row = min(max(row_in_text, 1), self.row_count)
        return self._row_starts[row - 1] + min(max(column - 1, 0), len(self.line(row)))

    def location(self, offset: int) -> Location:
        """Where an offset is for the user: in a notebook the row counts within its cell."""
        row = self.row(offset)
        column = offset - self._row_starts[row - 1] + 1
        if self.notebook is None:
            return Location(row, column)
        cell = self.notebook.cell_at(offset)
        if cell is None:
            return Location(row, column)
        return Location(row - self.row(cell.start) + 1, column, cell.number)

    def region_in_file(self, span: Span) -> tuple[Location, Location]:
        """Where a span begins and ends in the file's own text, for readers that know no cells: of a notebook its
        JSON, where a cell's row may be any row."""
        if self.notebook is None:
            return self.location(span.start), self.location(span.end)
        inside = self.notebook.span_in_json(span)
        start, end = (_row_and_column(self.notebook.json, offset) for offset in (inside.start, inside.end))
        return Location(*start), Location(*end)

    def text_in_file(self, span: Span) -> str:
        """The file's own text in the region of a span."""
        if self.notebook is None:
            return self.text[span.start : span.end]
        inside = self.notebook.span_in_json(span)
        return self.notebook.json[inside.start : inside.end]

    def syntax_tree(self) -> ast.Module:
        """What CPython reads in :attr:`text`; raises :class:`SourceError` at the true place."""
        return self._syntax_tree

    @cached_property
    def _syntax_tree(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "\\d" in scanned code is not for this tool to remark on
                return ast.parse(self.text)
        except SyntaxError as error:
            raise self.syntax_error(error) from error
        except (MemoryError, RecursionError) as error:
            raise SourceError("nested too deeply to be parsed") from error
        except ValueError as error:
            raise SourceError(f"syntax error: {error}") from error

    def syntax_error(self, error: SyntaxError) -> SourceError:
        """The error of CPython's parser on :attr:`text`, at the place where the user finds it."""
        reason = f"syntax error: {error.msg}"
        if error.lineno is None:
            return SourceError(reason)
        found = self.location(self.offset(error.lineno, error.offset or 1))
        return SourceError(reason, found.row, found.column, found.cell)

    def apply(self, edits: Sequence[Edit]) -> bytes:
        """The file's bytes with these edits spliced in, and every other byte as it was.

        A ``"\\n"`` in new text becomes the line end of the place it goes to. Raises ValueError for edits
        that overlap or leave the text, :class:`SourceError` where the file's encoding cannot hold the result.
        """
        ordered = sorted(edits)
        _check_disjoint(ordered, len(self.text))
        if not ordered:
            return self.data
        if self.notebook is not None:
            raw = _splice(self.notebook.json, [self.notebook.to_json(edit) for edit in ordered])
            return (codecs.BOM_UTF8 if self.bom else b"") + raw.encode(self.encoding)
        return self._apply_to_bytes([self._with_line_ends(edit) for edit in ordered])

    def _with_line_ends(self, edit: Edit) -> Edit:
        if "\n" not in edit.content or "\r" not in self.text or "\r" in edit.content:
            return edit
        return Edit(edit.span, edit.content.replace("\n", self._line_end_near(edit.span.start)))

    def _line_end_near(self, offset: int) -> str:
        """The line end of the row of this offset, or of the row before it where that is the last one."""
        for row in (self.row(offset), self.row(offset) - 1):
            if 1 <= row < self.row_count:
                start, end = self._row_starts[row - 1], self._row_starts[row]
                line = self.text[start:end]
                return line[len(line.rstrip("\r\n")) :][-2:] if line.endswith("\r\n") else line[-1]
        return "\n"

    def _apply_to_bytes(self, edits: Sequence[Edit]) -> bytes:
        """Splice in bytes, not in text: an encoding may spell one character in several ways."""
        out = [codecs.BOM_UTF8] if self.bom else []
        position, position_in_text = len(b"".join(out)), 0
        for edit in edits:
            start = self._advance(position, position_in_text, edit.span.start)
            end = self._advance(start, edit.span.start, edit.span.end)
            out += (self.data[position:start], self._encode(edit.content))
            position, position_in_text = end, edit.span.end
        out.append(self.data[position:])
        result = b"".join(out)
        if self.encoding != "utf-8":
            self._check_decodes(result, _splice(self.text, edits))
        return result

    def _advance(self, position: int, start: int, end: int) -> int:
        """The byte position of the code point ``end``, given that of ``start``."""
        encoded = self._encode(self.text[start:end])
        if not self.data.startswith(encoded, position):
            raise SourceError(f"cannot be rewritten exactly in its encoding, {self.encoding}")
        return position + len(encoded)

    def _encode(self, text: str) -> bytes:
        try:
            return text.encode(self.encoding)
        except UnicodeError as error:
            raise SourceError(f"the fix cannot be written in the file's encoding, {self.encoding}") from error

    def _check_decodes(self, data: bytes, expected: str) -> None:
        # A stateful encoding (UTF-7, ISO 2022) may read a splice differently in its new neighbourhood.
        if _decode(data[len(codecs.BOM_UTF8) :] if self.bom else data, self.encoding) != expected:
            raise SourceError(f"cannot be rewritten exactly in its encoding, {self.encoding}")


def _parse_notebook(data: bytes, path: str) -> Source:
    from accumlint.notebook import NotebookError, read_notebook  # late: most files are none

    bom = data.startswith(codecs.BOM_UTF8)
    json_text = _decode(data[len(codecs.BOM_UTF8) :] if bom else data, "utf-8")
    try:
        notebook = read_notebook(json_text)
    except NotebookError as error:
        row, column = (None, None) if error.offset is None else _row_and_column(json_text, error.offset)
        raise SourceError(f"not a notebook: {error}", row, column) from error
    _check_parsable(notebook.text)
    return Source(path, data, notebook.text, "utf-8", bom, notebook)


# Encodings -------------------------------------------------------------------------------------------------

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_LINE_END_BYTES = re.compile(rb"\r\n|\r|\n")


def _detect_encoding(data: bytes) -> tuple[str, bool]:
    """PEP 263: the encoding cookie in the first two lines, a byte order mark, or UTF-8."""
    if is_wide(data):
        raise SourceError("encoded in UTF-16 or UTF-32, which Python does not read: save it as UTF-8", 1, 1)
    bom = data.startswith(codecs.BOM_UTF8)
    named, row = _cookie(data[len(codecs.BOM_UTF8) :] if bom else data)
    if named is None:
        return "utf-8", bom
    try:
        codec = codecs.lookup(named)
    except (LookupError, ValueError) as error:
        raise SourceError(f"unknown encoding {named!r}", row, 1) from error
    if not codec._is_text_encoding:
        raise SourceError(f"{named!r} is not a text encoding", row, 1)
    if bom and codec.name != "utf-8":
        raise SourceError(f"encoding {named!r} contradicts the UTF-8 byte order mark", row, 1)
    return ("utf-8" if codec.name == "utf-8-sig" else codec.name), bom


def _cookie(data: bytes) -> tuple[str | None, int]:
    lines = _LINE_END_BYTES.split(data[:4096], 2)[:2]
    for row, line in enumerate(lines, 1):
        if found := _COOKIE.match(line):
            return found[1].decode("ascii", "replace"), row
        if not _BLANK.match(line):
            break
    return None, 0


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
        if encoding != "utf-8":
            text.encode("utf-8")  # escapes of some codecs smuggle in lone surrogates, which no parser takes
    except UnicodeError as error:
        raise _not_decodable(error, data, encoding) from error
    except Exception as error:  # a codec may raise anything; to the user it is one case
        raise SourceError(f"cannot be decoded as {encoding}") from error
    return text


def _not_decodable(error: UnicodeError, data: bytes, encoding: str) -> SourceError:
    shown = "UTF-8" if encoding == "utf-8" else encoding
    hint = "; name the encoding in a coding comment or save it as UTF-8" if encoding == "utf-8" else ""
    reason = f"cannot be decoded as {shown}{hint}"
    if not isinstance(error, UnicodeDecodeError):
        return SourceError(reason)
    before = data[: error.start].decode(encoding, "replace")
    return SourceError(reason, *_row_and_column(before, len(before)))


# Lines and limits ------------------------------------------------------------------------------------------

_LINE_END = re.compile(r"\r\n|\r|\n")  # what ends a line of Python; form feeds and U+2028 do not


def _row_starts(text: str) -> list[int]:
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


def _row_and_column(text: str, offset: int) -> tuple[int, int]:
    starts = _row_starts(text[:offset])
    return len(starts), offset - starts[-1] + 1


def _check_parsable(text: str) -> None:
    """Refuse what no parser should see; what merely is not Python is left to the parser."""
    if len(text) > MAX_CODE_LENGTH:
        raise SourceError(f"too large: more than {MAX_CODE_LENGTH:,} characters of code")
    if (nul := text.find("\0")) >= 0:
        raise SourceError("holds a NUL character", *_row_and_column(text, nul))


# Edits -----------------------------------------------------------------------------------------------------


def _check_disjoint(edits: Sequence[Edit], length: int) -> None:
    if edits and edits[-1].span.end > length:
        raise ValueError(f"an edit leaves the text: {edits[-1].span}")
    for before, after in pairwise(edits):
        if after.span.start < before.span.end or after.span.start == before.span.start:
            raise ValueError(f"edits overlap: {before.span} and {after.span}")


def _splice(text: str, edits: Sequence[Edit]) -> str:
    out: list[str] = []
    position = 0
    for edit in edits:
        out += (text[position : edit.span.start], edit.content)
        position = edit.span.end
    return "".join([*out, text[position:]])
