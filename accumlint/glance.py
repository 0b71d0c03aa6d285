"""What a file's bytes say before anything parses them: most files of a tree end here.

Looking costs little more than reading, and so does importing this module: a pattern is compiled when it is
first needed, and most runs on one file need none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import AnyStr

_WORDS = (b"backward", b"backprop", b"training_step", b"loss_scaler")
"""One of these is in every training loop; looking for a word is ten times faster than for a pattern."""
_STEPS = (
    rb"step\w*\s*\(|zero_grad|accum|update_(freq|every)|backward_(freq|every)|step_(freq|every)|batch_(chunk|split)"
    rb"|iter_size|ga(?<=\bga)(s\b|_)|_acc\b|a(?<=\ba)cc_?(steps|iter|grad|batches)|micro_?(batches|steps)_per"
)
"""A window shows by its step, by what clears the gradients, or by a name for its length.

Each way begins with a letter of its own, which finds it four times faster.
"""
_NEAR = 200
"""How far before a word is looked for what makes it something else than a call."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
"""UTF-16 and UTF-32 in both byte orders; the little ends of both begin alike."""


def might_matter(data: bytes) -> bool:
    """A file that backpropagates nothing, or has nothing to do with a window, has no training loop to report on.

    A backward that is only defined belongs to an autograd function; a training_step is called by Lightning.
    """
    return any(word in data for word in _WORDS) and _backpropagates(data) and re.search(_STEPS, data) is not None


def _backpropagates(data: bytes) -> bool:
    return any(_is_used(data, word, at + len(word)) for word in _WORDS for at in places(data, word))


def places(text: AnyStr, word: AnyStr) -> Iterator[int]:
    """Where the word begins, each time; a pattern that looks for several words at once takes ten times as long."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _is_used(data: bytes, word: bytes, end: int) -> bool:
    """It is called, in the program: neither in a comment nor in an example of a docstring."""
    called = re.compile(rb"\w*\s*\(" if word == b"backprop" else rb"\s*\(")
    defined = re.compile(rb"\bdef\s+\w*\Z")
    spoken_of = re.compile(rb"(\A|[\r\n])[ \t\f]*(#|>>>)[^\r\n]*\Z")
    begin = end - len(word)
    near = max(0, begin - _NEAR)
    return (
        called.match(data, end) is not None
        and (word == b"training_step" or not defined.search(data, near, begin))
        and not spoken_of.search(data, near, begin)
    )


def might_silence(data: bytes) -> bool:
    """Whether a comment may be there that silences a finding of ours."""
    lowered = data.lower()  # a pattern that minds no case takes ten times as long
    return b"accumlint:" in lowered or (b"noqa" in lowered and re.search(rb"noqa\W[^#\r\n]*acc", lowered) is not None)


def is_wide(data: bytes) -> bool:
    """Whether the bytes begin with the mark of UTF-16 or UTF-32, which no Python source may be in."""
    return data.startswith(_WIDE_MARKS)
