"""The program in a Jupyter notebook, and the way back from that program to the notebook's JSON.

The code cells, in order, are one program. What IPython understands and Python does not (magics, shell
escapes, help requests, cells in other languages) is blanked to the same length, so that every other
character of a cell keeps its offset. For the way back each string literal of a cell's source is remembered
with its place in the JSON text: an edit of the program becomes an edit of the characters inside that
literal, and outputs, metadata, key order and indentation are never written.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accumlint.diagnostic import Edit, Span


class NotebookError(ValueError):
    """Not a notebook that can be read; ``offset`` is a place in the JSON text, where one is known."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its place in the program, and its number among all cells, from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal of a cell's source: its place in the program and in the JSON text, without quotes."""

    start: int
    end: int
    json_start: int
    json_end: int
    in_list: bool


@dataclass(frozen=True)
class Notebook:
    """A notebook's JSON, and the program that its code cells make."""

    json: str
    text: str
    """The program, magics blanked."""
    original: str
    """The same with the magics, to the character as long."""
    cells: tuple[Cell, ...]
    literals: tuple[Literal, ...]

    def cell_at(self, offset: int) -> Cell | None:
        """The code cell that holds this offset of the program (or ends there)."""
        index = bisect_right(self.cells, offset, key=lambda cell: cell.start) - 1
        return self.cells[index] if index >= 0 else None

    def to_json(self, edit: Edit) -> Edit:
        """The edit of the JSON text that edits the program so.

        Raises ValueError where it would cross from one cell to another or rewrite a magic.
        """
        start, end = edit.span.start, edit.span.end
        if self.text[start:end] != self.original[start:end]:
            raise ValueError(f"the edit rewrites a magic: {edit.span}")
        first, last = self._literals_of(edit.span)
        cell = self.cell_at(first.start)
        if cell is None or last.end > cell.end:
            raise ValueError(f"the edit crosses cells: {edit.span}")
        return Edit(self.span_in_json(edit.span), self._quoted(edit.content, first))

    def span_in_json(self, span: Span) -> Span:
        """Where a span of the program stands in the JSON text; raises ValueError where it is in no cell."""
        first, last = self._literals_of(span)
        return Span(self._offset_in_json(first, span.start), self._offset_in_json(last, span.end))

    def _literals_of(self, span: Span) -> tuple[Literal, Literal]:
        return self._literal_at(span.start), self._literal_at(span.end, ending=span.end > span.start)

    def _literal_at(self, offset: int, ending: bool = False) -> Literal:
        """The literal that an offset is in; between two literals the earlier one if ``ending``."""
        index = bisect_right(self.literals, offset, key=lambda literal: literal.start) - 1
        if ending and index > 0 and self.literals[index].start == offset:
            index -= 1
        if index < 0 or self.literals[index].end < offset:
            raise ValueError(f"not in a cell: {offset}")
        return self.literals[index]

    def _offset_in_json(self, literal: Literal, offset: int) -> int:
        """Where a code point of the program is spelled inside its literal."""
        position, left = literal.json_start, offset - literal.start
        for unit in _UNIT.finditer(self.json, literal.json_start, literal.json_end):
            if not left:
                break
            plain = unit.lastgroup == "plain"
            position = min(unit.end(), unit.start() + left) if plain else unit.end()
            left -= position - unit.start() if plain else 1
        return position

    def _quoted(self, content: str, literal: Literal) -> str:
        """New text as it stands inside the literal; in a list of lines each line is a literal of its own."""
        ascii_only = self.json.isascii()
        lines = [json.dumps(line, ensure_ascii=ascii_only)[1:-1] for line in content.split("\n")]
        return (r"\n" + (self._separator(literal) if literal.in_list else "")).join(lines)

    def _separator(self, literal: Literal) -> str:
        """What stands between this literal and a neighbour in its list, quotes included."""
        index = self.literals.index(literal)
        for before, after in ((index, index + 1), (index - 1, index)):
            if before >= 0 and after < len(self.literals):
                left, right = self.literals[before], self.literals[after]
                between = self.json[left.json_end : right.json_start]
                if left.in_list and right.in_list and re.fullmatch(r'"\s*,\s*"', between):
                    return between
        return '", "'


_UNIT = re.compile(
    r"""
      (?P<plain>[^\\"]+)
    | \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}  # two escapes that spell one code point
    | \\u[0-9a-fA-F]{4}
    | \\.
    """,
    re.VERBOSE,
)


def read_notebook(json_text: str) -> Notebook:
    """The program in a notebook of format 4. Raises :class:`NotebookError`.

    A notebook in another language than Python has no program.
    """
    if not json_text.strip():
        raise NotebookError("it is empty")
    try:
        document = json.loads(json_text)
    except RecursionError as error:
        raise NotebookError("its JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise NotebookError(f"invalid JSON: {error.msg}", error.pos) from error
    except ValueError as error:  # a number of more digits than Python converts
        raise NotebookError(f"invalid JSON: {error}") from error
    _check_shape(document)
    cells = _code_cells(json_text, document) if _is_python(document.get("metadata")) else []
    return _assemble(json_text, cells)


def _check_shape(document: Any) -> None:
    if not isinstance(document, dict):
        raise NotebookError("its JSON is not an object")
    if "worksheets" in document:
        raise NotebookError("its format is older than 4, convert it with `jupyter nbconvert --to notebook`")
    if not isinstance(document.get("cells"), list):
        raise NotebookError("it has no list of cells")
    for number, cell in enumerate(document["cells"], 1):
        if not isinstance(cell, dict):
            raise NotebookError(f"cell {number} is not an object")
        if cell.get("cell_type") == "code" and not _is_text(cell.get("source")):
            raise NotebookError(f"the source of cell {number} is not text")


def _is_text(source: Any) -> bool:
    parts = source if isinstance(source, list) else [source]
    return all(isinstance(part, str) and not _SURROGATE.search(part) for part in parts)


def _is_python(metadata: Any) -> bool:
    """Whether the kernel runs Python; a notebook that does not say is taken to."""
    if not isinstance(metadata, dict):
        return True
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        described = metadata.get(section)
        language = described.get(key) if isinstance(described, dict) else None
        if isinstance(language, str):
            return language.lower() in ("python", "python3", "ipython")
    return True


def _code_cells(json_text: str, document: dict[str, Any]) -> list[tuple[int, list[tuple[str, Literal]]]]:
    """The number of each code cell, and its source as literals whose program offsets are still to come."""
    top = dict(_members(json_text, _skip_space(json_text, 0)))
    starts = _items(json_text, top["cells"])
    return [
        (number, list(_source_literals(json_text, dict(_members(json_text, start))["source"])))
        for number, (start, cell) in enumerate(zip(starts, document["cells"], strict=True), 1)
        if cell.get("cell_type") == "code"
    ]


def _source_literals(json_text: str, start: int) -> Iterator[tuple[str, Literal]]:
    in_list = json_text.startswith("[", start)
    for item in _items(json_text, start) if in_list else [start]:
        text, end = _read_string(json_text, item + 1, True)
        yield text, Literal(0, 0, item + 1, end - 1, in_list)


def _assemble(json_text: str, cells: list[tuple[int, list[tuple[str, Literal]]]]) -> Notebook:
    placed: list[Cell] = []
    literals: list[Literal] = []
    programs: list[str] = []
    originals: list[str] = []
    offset = 0
    for number, parts in cells:
        start = offset
        for text, literal in parts:
            end = offset + len(text)
            literals.append(Literal(offset, end, literal.json_start, literal.json_end, literal.in_list))
            offset = end
        original = "".join(text for text, _ in parts)
        placed.append(Cell(number, start, offset))
        programs += (_blank_magics(original), "\n")
        originals += (original, "\n")
        offset += 1  # the line end that keeps two cells apart belongs to neither
    return Notebook(json_text, "".join(programs), "".join(originals), tuple(placed), tuple(literals))


# JSON with positions ---------------------------------------------------------------------------------------
# The text is known to be valid here. Only the way to the sources is walked; json's own scanner, in C, steps
# over every other value.

_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_decoder = json.JSONDecoder()
_read_string = json.decoder.scanstring  # type: ignore[attr-defined]  # the stubs do not know it


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Each key of the object that begins here, with the place of its value."""
    position = _skip_space(text, start + 1)
    while text[position] != "}":
        key, end = _read_string(text, position + 1, True)
        value = _skip_space(text, _skip_space(text, end) + 1)
        yield key, value
        position = _next_element(text, value)


def _items(text: str, start: int) -> Iterator[int]:
    """The place of each value of the array that begins here."""
    position = _skip_space(text, start + 1)
    while text[position] != "]":
        yield position
        position = _next_element(text, position)


def _next_element(text: str, value: int) -> int:
    """Where the element after this value begins, or the bracket that closes them all."""
    position = _skip_space(text, _decoder.raw_decode(text, value)[1])
    return _skip_space(text, position + 1) if text[position] == "," else position


# What IPython adds to Python -------------------------------------------------------------------------------

_PYTHON_CELL_MAGICS = {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "scalene", "debug"}

_REST = r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*"  # of a line and of those that a backslash joins to it
_CELL_MAGIC = re.compile(rf"\s*%%(?P<name>[\w.!]+){_REST}")
_MAGIC = re.compile(
    rf"""
    (?P<kept>[ \t]*)
    (?: [%!?]{_REST}                                              # %matplotlib inline, !pip install, ?print
      | [\w.]+(?:\[[^\]\r\n]*\])?\?\??[ \t]*(?=[\r\n]|\Z)            # model.forward??
      | (?:pip3?|conda|mamba|cd|ls|cat|cp|mv|rm|mkdir)[ \t]+(?!=){_REST}  # the percent sign may be left out
    )
  | (?P<assigned>[ \t]*[\w.,\[\]'"* \t]+=[ \t]*) [%!](?!=){_REST}    # files = !ls
    """,
    re.VERBOSE,
)
_LEXEME = re.compile(
    r"""
      \#[^\r\n]*
    | '{3}(?:[^\\]|\\.)*?(?:'{3}|\Z) | "{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)
    | '(?:[^\\\r\n']|\\(?:\r\n|.))*'? | "(?:[^\\\r\n"]|\\(?:\r\n|.))*"?
    | \\(?:\r\n|.)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<line_end>\r\n|\r|\n)
    """,
    re.VERBOSE | re.DOTALL,
)


def _blank_magics(cell: str) -> str:
    """The cell with what only IPython understands blanked, to the character as long."""
    if _parses(cell):
        return cell
    magic = _CELL_MAGIC.match(cell)
    if magic is None:
        return _blank_magic_lines(cell)
    end = magic.end() if magic["name"] in _PYTHON_CELL_MAGICS else len(cell)
    return _spaces(cell[:end]) + _blank_magic_lines(cell[end:])


def _blank_magic_lines(cell: str) -> str:
    """A magic is one only where a logical line begins, so strings and brackets have to be followed."""
    out: list[str] = []
    position = 0
    while position < len(cell):
        magic = _MAGIC.match(cell, position)
        if magic is not None:
            kept = magic["kept"] if magic["assigned"] is None else magic["assigned"]
            # A statement has to stay: the magic may be all that a loop's body holds.
            out.append(kept + "0" + _spaces(magic[0][len(kept) + 1 :]))
            position = magic.end()
        end = _end_of_logical_line(cell, position)
        out.append(cell[position:end])
        position = end
    return "".join(out)


def _end_of_logical_line(cell: str, start: int) -> int:
    depth = 0
    for lexeme in _LEXEME.finditer(cell, start):
        if lexeme.lastgroup == "open":
            depth += 1
        elif lexeme.lastgroup == "close":
            depth -= 1
        elif lexeme.lastgroup == "line_end" and depth <= 0:
            return lexeme.end()
    return len(cell)


def _spaces(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
