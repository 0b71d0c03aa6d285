"""Colour: a few ANSI styles by name, or none at all."""

from __future__ import annotations

from collections.abc import Callable

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "yellow": "1;33",
    "blue": "1;34",
    "cyan": "36",
    "green": "32",
}

Paint = Callable[[str, str], str]
"""Takes a text and the name of a style."""


def painter(color: bool) -> Paint:
    """What paints a text in a named style; without colour it gives the text back."""
    return _paint if color else _plain


def _paint(text: str, style: str) -> str:
    return f"\033[{_CODES[style]}m{text}\033[0m" if text and style else text


def _plain(text: str, style: str) -> str:
    return text
