"""What marks of all dialects are given, and what is said of it when it is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def as_names(given: object) -> Sequence[object]:
    """Return the names that were given; a text is one, not a name for each letter."""
    if given is None:
        return ()
    if isinstance(given, (list, tuple)):
        return tuple(given)
    return (given,)


def describe(wrong: object) -> str:
    """Say what stands where a name should, and what to write if that is plain."""
    name = getattr(wrong, "__name__", None)
    if isinstance(name, str):
        return f"{name} itself; write {name!r}"
    return repr(wrong)


def nearest(wrong: object, known: Iterable[str]) -> str:
    """Return a question that offers a known name, empty if none is like it."""
    found = difflib.get_close_matches(str(wrong), list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
