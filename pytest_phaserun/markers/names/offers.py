"""What messages about names offer: candidates and look-alikes, with their places."""

from __future__ import annotations

import difflib
from bisect import bisect
from collections.abc import Iterable, Sequence
from functools import cached_property

#: How many look-alikes or candidates a message offers.
OFFERS = 3

#: How far in the alphabet look-alikes are looked for; to compare two names takes up to
#: 100 us.
COMPARED_REACH = 250

#: For so many unknown names of a run look-alikes are looked for: a run in which there
#: are more has another mistake.
MOST_COMPARED = 50

#: How much less alike than the first one the others may be.
MARGIN = 0.1


class KnownNames:
    """Names among which look-alikes are found."""

    def __init__(self, names: Iterable[str]) -> None:
        self._sorted = sorted(set(names))
        self._found: dict[tuple[str, ...], list[str]] = {}

    @cached_property
    def _reversed(self) -> list[str]:
        return sorted(name[::-1] for name in self._sorted)

    def find_alike(self, name: str, without: Iterable[str] = ()) -> list[str]:
        """Return the names most alike, best first.

        :param without: names that are not worth an offer.
        """
        key = name, *without
        if key not in self._found and len(self._found) < MOST_COMPARED:
            self._found[key] = self._compare(name, key[1:])
        return self._found.get(key, [])

    def _compare(self, name: str, without: Iterable[str]) -> list[str]:
        around = dict.fromkeys(_neighbours(self._sorted, name))
        if len(around) < len(self._sorted):
            # Those that begin alike are there; these end alike.
            ends = _neighbours(self._reversed, name[::-1])
            around.update(dict.fromkeys(each[::-1] for each in ends))
        for each in without:
            around.pop(each, None)
        found = difflib.get_close_matches(name, around, n=OFFERS)
        matcher = difflib.SequenceMatcher(b=name)
        likeness = []
        for each in found:
            matcher.set_seq1(each)
            likeness.append(matcher.ratio())
        return [
            each
            for each, ratio in zip(found, likeness, strict=True)
            if ratio >= likeness[0] - MARGIN
        ]


def _neighbours(names: Sequence[str], name: str) -> Sequence[str]:
    place = bisect(names, name)
    return names[max(0, place - COMPARED_REACH) : place + COMPARED_REACH]


def place_name(name: str, places: Sequence[str]) -> str:
    """Return a name with where it stands.

    >>> place_name("'test_a'", ["test_x.py:3", "test_y.py:7"])
    "'test_a' (test_x.py:3, ...)"
    """
    if not places:
        return name
    more = ", ..." if len(places) > 1 else ""
    return f"{name} ({places[0]}{more})"
