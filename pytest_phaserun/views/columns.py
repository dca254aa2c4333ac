"""How many columns of a terminal a text takes, and how to make it fit."""

from __future__ import annotations

import re
import unicodedata

#: Sequences of terminals: colours and the like, then titles and the like.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def measure(text: str) -> int:
    """Return the columns that a text takes, without the sequences in it.

    >>> measure("日本")
    4
    """
    if "\x1b" in text:
        text = _SEQUENCE.sub("", text)
    return len(text) if text.isascii() else sum(map(_width, text))


def cut(text: str, columns: int) -> str:
    """Return as much of the beginning as fits."""
    if text.isascii():
        return text[: max(columns, 0)]
    for place, character in enumerate(text):
        columns -= _width(character)
        if columns < 0:
            return text[:place]
    return text


def cut_front(text: str, columns: int, mark: str) -> str:
    """Return as much of the end as fits, after a mark where that is not all."""
    if measure(text) <= columns:
        return text
    end = cut(text[::-1], columns - measure(mark))[::-1]
    return cut(mark + end, columns)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in _NARROW:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1


#: Categories of characters that take no column: marks, formats, controls.
_NARROW = frozenset({"Mn", "Me", "Cf", "Cc"})
