"""What marks of all dialects are given, and what is said of it when it is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence


def as_names(given: object) -> Sequence[object]:
    """Return the names that were given; a text is one, not a name for each letter."""
    if given is None:
        return ()
    # A mapping says more of one name.
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        return (given,)
    return tuple(given)


def is_count(value: object) -> bool:
    """Tell whether something is a whole number of units, 1 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


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


def explain_unknown(key: object, known: Collection[str]) -> str:
    """Say that a key is not known, and which was meant or which there are."""
    hint = nearest(key, known) or f"; known: {', '.join(known)}"
    return f"unknown key {key!r}{hint}"
