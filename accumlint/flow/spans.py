"""Where a node stands in the text, asked for only when there is something to say.

libcst computes positions by writing the whole tree out again; that costs as much as parsing, so it happens once a
finding needs a span. What is written differs from the text where libcst is not lossless (form feeds,
blank lines at the end); the difference is only ever dropped white space, which :func:`_aligned` walks over.
"""

from __future__ import annotations

from functools import cached_property

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from accumlint.diagnostic import Span


class Spans:
    """Spans of the nodes of one module, in code points of its text."""

    def __init__(self, module: cst.Module, text: str) -> None:
        self._module = module
        self._text = text

    @cached_property
    def _written(self) -> bytes:
        return self._module.code.encode(errors="surrogatepass")

    @cached_property
    def _positions(self) -> object:
        wrapper = MetadataWrapper(self._module, unsafe_skip_copy=True)
        return wrapper.resolve(ByteSpanPositionProvider)

    @cached_property
    def _offsets(self) -> list[int] | None:
        """Byte offset in what libcst writes → code point offset in the text; None when they are the same."""
        written = self._written.decode(errors="surrogatepass")
        if written == self._text and len(written) == len(self._written):
            return None
        return _byte_offsets(written, _aligned(written, self._text))

    def of(self, node: cst.CSTNode) -> Span:
        """The span of a node, parentheses left out."""
        span = self._positions[node]  # type: ignore[index]
        start, end = span.start, span.start + span.length
        if self._offsets is None:
            return Span(start, end)
        return Span(self._offsets[start], self._offsets[end])


def _aligned(written: str, text: str) -> list[int]:
    """For each code point of what was written (and the end), its offset in the text."""
    offsets: list[int] = []
    at = 0
    for character in written:
        while at < len(text) and text[at] != character:
            at += 1
        offsets.append(at)
        at += 1
    offsets.append(min(at, len(text)))
    return offsets


def _byte_offsets(written: str, offsets: list[int]) -> list[int]:
    result: list[int] = []
    for character, offset in zip(written, offsets, strict=False):
        result.extend([offset] * len(character.encode(errors="surrogatepass")))
    result.append(offsets[-1])
    return result
