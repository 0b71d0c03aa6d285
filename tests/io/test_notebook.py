"""Notebooks: one program from many cells, and a fix that writes only inside the strings of its cells."""

from __future__ import annotations

import ast
import codecs
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accumlint.diagnostic import Edit, Span
from accumlint.source import Location, Source, SourceError


def notebook(*sources: Any, **metadata: Any) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": [{"text": ["raw_loss\n"]}]} for s in sources]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def parse(document: Any, **layout: Any) -> Source:
    return Source.parse(json.dumps(document, **layout).encode(), "train.ipynb")


def replaced(source: Source, old: str, new: str) -> bytes:
    start = source.text.index(old)
    return source.apply([Edit(Span(start, start + len(old)), new)])


LAYOUTS: list[dict[str, Any]] = [
    {"indent": 1, "ensure_ascii": False},
    {"indent": 4},
    {"indent": "\t"},
    {"separators": (",", ":")},
    {},
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("source", ["a = 'é😀'\nraw_loss = 1\n", ["a = 'é😀'\n", "raw_loss = 1\n"]])
def test_only_the_edited_characters_change(layout: dict[str, Any], source: Any) -> None:
    data = json.dumps(notebook("# raw\n", source), **layout).encode()
    data = codecs.BOM_UTF8 + data.replace(b"\n", b"\r\n")
    fixed = replaced(Source.parse(data, "train.ipynb"), "raw_loss", "loss")
    place = data.index(b"raw_loss = 1")
    assert fixed == data[:place] + data[place:].replace(b"raw_loss", b"loss", 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_new_lines_become_items_of_the_list(layout: dict[str, Any]) -> None:
    before = notebook(["a = 1\n", "b = 2\n", "c = 3"])
    after = notebook(["a = 1\n", "n = '\\n\"é'\n", "b = 2\n", "c = 3"])
    start = parse(before, **layout).text.index("b")
    fixed = parse(before, **layout).apply([Edit(Span(start, start), "n = '\\n\"é'\n")])
    ascii_before = layout.get("ensure_ascii") is False  # a file in ASCII stays in ASCII
    assert json.loads(fixed) == after
    assert fixed.isascii()
    assert ascii_before or fixed.decode() == json.dumps(after, **layout)


def test_an_edit_may_span_the_items_of_one_cell() -> None:
    source = parse(notebook(["a = (1 +\n", "  2)\n", "b"]), indent=1)
    fixed = json.loads(replaced(source, "(1 +\n  2)", "3"))
    assert "".join(fixed["cells"][0]["source"]) == "a = 3\nb"


def test_an_edit_that_crosses_cells_or_rewrites_a_magic_is_refused() -> None:
    source = parse(notebook("a\n", "b\n%time x\n"))
    with pytest.raises(ValueError, match="crosses cells"):
        replaced(source, "a\n\nb", "c")
    start = source.text.index("b\n") + 2
    with pytest.raises(ValueError, match="magic"):
        source.apply([Edit(Span(start, start + 3), "")])


def test_escapes_outside_the_edit_stay_as_they_are() -> None:
    data = rb"""{"cells": [{"cell_type": "code", "source": "x = '\u00e9\ud83d\ude00\/\t'; raw + '\u0041'"}]}"""
    source = Source.parse(data, "a.ipynb")
    assert source.text == "x = 'é😀/\t'; raw + 'A'\n"
    assert replaced(source, "raw", "loss") == data.replace(b"raw", b"loss")
    assert replaced(source, "😀", "") == data.replace(rb"\ud83d\ude00", b"")


def test_places_count_within_the_cell_and_cells_among_all_cells() -> None:
    document = notebook("a\nb\n", "c\n  d")
    document["cells"].insert(1, {"cell_type": "markdown", "source": "raw"})
    source = parse(document)
    assert source.location(source.text.index("b")) == Location(2, 1, 1)
    assert source.location(source.text.index("d")) == Location(2, 3, 3)


MAGICS = {
    "%matplotlib inline\nx = 1\n": "0                 \nx = 1\n",
    "for a in b:\n    !echo 'it\n": "for a in b:\n    0        \n",
    "files = !ls *.py\n": "files = 0       \n",
    "!pip install \\\n  torch\nx = 1": "0             \n       \nx = 1",
    "model.forward??\nx": "0              \nx",
    "pip install torch\nx": "0                \nx",
    "%%bash\nls (((\n": "      \n      \n",
    "%%time\nloss = 1\n!ls\n": "      \nloss = 1\n0  \n",
    "x = (7\n % 2)\ns = '''\n%no magic\n!none\n'''\ny = 5 \\\n % 3\n": None,
    "x = (7\n % 2)\ns = '''\n!none\n'''\n!ls": "x = (7\n % 2)\ns = '''\n!none\n'''\n0  ",
    "# it's\nx = 'a#('\n!ls\n": "# it's\nx = 'a#('\n0  \n",
}


@pytest.mark.parametrize(("cell", "program"), MAGICS.items())
def test_magics_are_blanked_and_python_is_not(cell: str, program: str | None) -> None:
    source = parse(notebook(cell))
    assert source.text == (cell if program is None else program) + "\n"
    ast.parse(source.text)


def test_another_language_has_no_program() -> None:
    assert parse(notebook("raw <- 1", kernelspec={"language": "R"})).text == ""
    assert parse(notebook("raw = 1", language_info={"name": "julia"})).text == ""
    assert parse(notebook("raw = 1", kernelspec={"language": "python"})).text == "raw = 1\n"


BROKEN = {
    b"": "empty",
    b"  \n": "empty",
    b"{": "invalid JSON",
    b'{"cells": [': "invalid JSON",
    b"[]": "not an object",
    b"{}": "no list of cells",
    b'{"cells": 3}': "no list of cells",
    b'{"cells": [3]}': "cell 1 is not an object",
    b'{"worksheets": [], "nbformat": 3}': "older than 4",
    b'{"cells": [{"cell_type": "code", "source": 3}]}': "source of cell 1 is not text",
    b'{"cells": [{"cell_type": "code"}]}': "source of cell 1 is not text",
    b'{"cells": [{"cell_type": "code", "source": ["a", 3]}]}': "source of cell 1 is not text",
    b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}': "source of cell 1 is not text",
    b'{"cells": [], "x": ' + b"[" * 100_000: "nested too deeply",
    b'{"cells": [], "x": ' + b"9" * 100_000 + b"}": "invalid JSON",
    b'{"cells": []} x': "invalid JSON",
    b"{\"cells\": [], 'x': 1}": "invalid JSON",
    b'\xff{"cells": []}': "cannot be decoded",
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_notebook_is_named_for_what_is_wrong(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        Source.parse(data, "a.ipynb")


def test_invalid_json_is_shown_where_it_is() -> None:
    with pytest.raises(SourceError) as caught:
        Source.parse(b'{\n "cells": [\n  }\n', "a.ipynb")
    assert (caught.value.row, caught.value.column) == (3, 3)


def test_a_syntax_error_is_shown_in_its_cell() -> None:
    source = parse(notebook("x = 1\n", "y = 2\nz = = 3\n"))
    with pytest.raises(SourceError) as caught:
        source.syntax_tree()
    assert (caught.value.cell, caught.value.row, caught.value.column) == (2, 2, 5)


def test_of_two_members_of_one_name_the_last_counts() -> None:
    data = b'{"cells": 3, "cells": [{"source": 1, "cell_type": "code", "source": "raw"}]}'
    source = Source.parse(data, "a.ipynb")
    assert replaced(source, "raw", "loss") == data.replace(b"raw", b"loss")


@given(
    st.lists(
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")),
            st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
        )
    ),
    st.sampled_from(LAYOUTS),
    st.data(),
)
def test_an_edit_of_the_program_is_the_same_edit_of_the_cell(
    sources: list[Any], layout: dict[str, Any], data: st.DataObject
) -> None:
    source = parse(notebook(*sources), **layout)
    assert source.notebook is not None
    assert source.notebook.original == "".join("".join(each) + "\n" for each in sources)
    cells = [cell for cell in source.notebook.cells if cell.start < cell.end]
    if not cells:
        return
    cell = data.draw(st.sampled_from(cells))
    start = data.draw(st.integers(cell.start, cell.end))
    end = data.draw(st.integers(start, cell.end))
    if source.text[start:end] != source.notebook.original[start:end]:
        return
    content = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5))
    fixed = json.loads(source.apply([Edit(Span(start, end), content)]))
    original = source.notebook.original
    expected = original[cell.start : start] + content + original[end : cell.end]
    assert "".join(fixed["cells"][cell.number - 1]["source"]) == expected
    fixed["cells"][cell.number - 1]["source"] = sources[cell.number - 1]
    assert fixed == notebook(*sources)
