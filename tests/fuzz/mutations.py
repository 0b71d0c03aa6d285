"""Mutants of training loops: bytes, tokens and statements moved about, reproducibly."""

from __future__ import annotations

import io
import random
import tokenize
from collections.abc import Callable
from pathlib import Path

from accumlint.registry import discover

PROGRAMS = Path(__file__).parent.parent / "programs"


def seeds() -> list[str]:
    """Loops as people write them: the examples of all rules, and the programs of the analysis."""
    examples = [example.code for rule in discover() for example in (*rule.INVALID, *rule.VALID)]
    programs = [path.read_text(encoding="utf-8") for path in sorted(PROGRAMS.rglob("*.py"))]
    return [*examples, *programs]


def mutant(number: int, texts: list[str], seed: int) -> bytes:
    """The mutant of this number: always the same for the same seed and texts."""
    chance = random.Random(f"{seed}:{number}")
    text = chance.choice(texts)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 4))):
        text = chance.choice(TEXT_MUTATIONS)(text, chance, texts)
    data = chance.choice(LINE_ENDS)(text, chance).encode("utf-8", "surrogatepass")
    for _ in range(chance.choice((0,) * 12 + (1, 2))):
        data = chance.choice(BYTE_MUTATIONS)(data, chance)
    return chance.choice(HEADS) + data


# Statements ------------------------------------------------------------------------------------------------

TextMutation = Callable[[str, random.Random, list[str]], str]


def _lines(change: Callable[[list[str], random.Random], None]) -> TextMutation:
    def mutate(text: str, chance: random.Random, texts: list[str]) -> str:
        lines = text.splitlines(keepends=True) or [""]
        change(lines, chance)
        return "".join(lines)

    return mutate


def _delete_line(lines: list[str], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


def _double_line(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])


def _swap_lines(lines: list[str], chance: random.Random) -> None:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _swap_neighbours(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at : at + 2] = reversed(lines[at : at + 2])


def _indent(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(("    ", "\t", " ")) + lines[at]


def _dedent(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = lines[at].removeprefix("    ")


def _move_to_indentation(lines: list[str], chance: random.Random) -> None:
    """A statement somewhere else, with the indentation of its new neighbour: most often a valid program."""
    line = lines.pop(chance.randrange(len(lines))).lstrip()
    at = chance.randrange(len(lines) + 1)
    neighbour = lines[min(at, len(lines) - 1)] if lines else ""
    lines.insert(at, neighbour[: len(neighbour) - len(neighbour.lstrip())] + line)


def _paste(text: str, chance: random.Random, texts: list[str]) -> str:
    lines, other = text.splitlines(keepends=True), chance.choice(texts).splitlines(keepends=True)
    start = chance.randrange(len(other) + 1)
    at = chance.randrange(len(lines) + 1)
    lines[at:at] = other[start : start + chance.randrange(1, 6)]
    return "".join(lines)


def _below_one_another(text: str, chance: random.Random, texts: list[str]) -> str:
    return f"{text}\n{chance.choice(texts)}"


# Tokens ----------------------------------------------------------------------------------------------------

_WORDS = {
    "keywords": "if else for while try with lambda yield await return not in is None True del async match",
    "operators": "+ - * / // % ** @ = += /= *= == != < ( ) [ ] { } , : . ; -> := ~ &",
    "names": "loss raw_loss total i N accum_steps loader optimizer len step item detach backward self x",
}


def _tokens(text: str) -> list[tuple[int, int]]:
    """The places of the tokens; those of a coarse split where Python cannot tell."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
        places = [
            (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
            for token in found
            if token.string.strip()
        ]
        return [place for place in places if place[1] <= len(text)]
    except (SyntaxError, tokenize.TokenError, IndexError):
        return []


def _token(change: Callable[[str, list[tuple[int, int]], random.Random], str]) -> TextMutation:
    def mutate(text: str, chance: random.Random, texts: list[str]) -> str:
        places = _tokens(text)
        return change(text, places, chance) if places else text

    return mutate


def _replace_token(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    start, end = chance.choice(places)
    return text[:start] + chance.choice(chance.choice(list(_WORDS.values())).split()) + text[end:]


def _delete_token(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    start, end = chance.choice(places)
    return text[:start] + text[end:]


def _swap_tokens(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    (a, b), (c, d) = sorted((chance.choice(places), chance.choice(places)))
    return text if b > c else text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _copy_token(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    """A name or a number from elsewhere in the program: what makes other programs of it, not broken ones."""
    (a, b), (c, d) = chance.choice(places), chance.choice(places)
    return text[:a] + text[c:d] + text[b:]


def _wrap_token(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    start, end = chance.choice(places)
    before, after = chance.choice(
        (
            ("(", ")"),
            ("float(", ")"),
            ("[", "]"),
            ("-", ""),
            ("", ".item()"),
            ("", " / N"),
            ("", "[0]"),
            ("(lambda: ", ")()"),
        )
    )
    return text[:start] + before + text[start:end] + after + text[end:]


def _add_trivia(text: str, places: list[tuple[int, int]], chance: random.Random) -> str:
    start, _ = chance.choice(places)
    return (
        text[:start] + chance.choice(("\\\n", "  ", "\x0c", "\t", "# é\n", "\n", "'''𝔘\n'''", "\u00a0")) + text[start:]
    )


TEXT_MUTATIONS: list[TextMutation] = [
    *map(
        _lines,
        (
            _delete_line,
            _double_line,
            _swap_lines,
            _swap_neighbours,
            _indent,
            _dedent,
            _move_to_indentation,
            _move_to_indentation,
        ),
    ),
    *map(
        _token,
        (
            _replace_token,
            _delete_token,
            _swap_tokens,
            _copy_token,
            _copy_token,
            _copy_token,
            _wrap_token,
            _wrap_token,
            _add_trivia,
        ),
    ),
    _paste,
    _below_one_another,
]


# Bytes -----------------------------------------------------------------------------------------------------


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(1, 40) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.randrange(1, 20)]
    return data[:start] + piece * chance.choice((2, 3, 50)) + data[start:]


BYTE_MUTATIONS = [_flip, _cut, _repeat]
HEADS = [b""] * 12 + [b"\xef\xbb\xbf", b"# coding: latin-1\n", b"# coding: utf-7\n", b"\x0c\n"]
LINE_ENDS: list[Callable[[str, random.Random], str]] = [
    *[lambda text, chance: text] * 6,
    lambda text, chance: text.replace("\n", "\r\n"),
    lambda text, chance: text.replace("\n", "\r"),
    lambda text, chance: "".join(chance.choice(("\r\n", "\n")) if c == "\n" else c for c in text),
    lambda text, chance: text.rstrip("\n"),
]
