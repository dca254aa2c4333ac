"""Names with a part left open: globs and templates.

In a glob ``*`` stands for any text and ``?`` for one character; brackets are the
brackets of parameters. In a template ``{backend}`` stands for the dependent's own value
of that parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_WILD = re.compile(r"[*?]")
_BLANK = re.compile(r"\{(\w+)\}")

#: What wildcards stand for in names.
ANY_TEXT = {"*": ".*", "?": "."}

#: What they stand for in the parts before a name.
_IN_PARENTS = {"*": "(?:(?!::)[^/])*", "?": "[^/]"}


def is_glob(text: str) -> bool:
    """Tell whether a name has wildcards."""
    return _WILD.search(text) is not None


def find_blanks(text: str) -> list[str]:
    """Return the parameters that a template asks for, each once."""
    return list(dict.fromkeys(_BLANK.findall(text)))


def fill(text: str, texts: dict[str, str]) -> str:
    """Put texts into a template."""
    return _BLANK.sub(lambda blank: texts[blank[1]], text)


def split_template(text: str) -> tuple[str, str]:
    """Split a template before the brackets with its last blank; ``""`` if none has it.

    >>> split_template("TestA::test_a[{backend}-1]")
    ('TestA::test_a', '[{backend}-1]')
    """
    last = [blank.start() for blank in _BLANK.finditer(text)][-1]
    bracket = text.rfind("[", 0, last)
    return (text, "") if bracket < 0 else (text[:bracket], text[bracket:])


def compile_blanks(text: str) -> re.Pattern[str]:
    """Return an expression for the part of a template in brackets, all values open."""
    parts = _BLANK.split(text)[::2]
    return re.compile(".+".join(translate(part, ANY_TEXT) for part in parts), re.S)


class Glob(NamedTuple):
    """A glob ready to be matched.

    :ivar prefix: what the names that match begin with.
    :ivar match_name: tells whether a name matches the last part.
    :ivar match_parent: tells whether what stands before that name ends as the parts
        before the last one; ``None`` if there are none.
    """

    prefix: str
    match_name: Callable[[str], object]
    match_parent: Callable[[str], object] | None


def compile_glob(text: str) -> Glob:
    """Make a glob ready.

    Its last part begins after the last ``/`` or ``::`` outside of brackets.
    """
    base = text.partition("[")[0]
    start = max(base.rfind("/") + 1, base.rfind("::") + 2 if "::" in base else 0)
    before, last = text[:start], text[start:]
    match_parent = None
    if before:
        ends = rf"(?:\A|/|::){translate(before, _IN_PARENTS)}\Z"
        match_parent = re.compile(ends).search
    return Glob(
        prefix=_WILD.split(last)[0],
        match_name=re.compile(translate(last, ANY_TEXT), re.S).fullmatch,
        match_parent=match_parent,
    )


def translate(text: str, wild: dict[str, str]) -> str:
    """Return an expression for a name, with these expressions for its wildcards."""
    return "".join(wild.get(each) or re.escape(each) for each in text)
