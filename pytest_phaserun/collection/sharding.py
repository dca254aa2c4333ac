"""One part of a suite, for one of several machines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from ..markers.selection import Selection
from ..shards import split


class Shard(NamedTuple):
    """A part that was taken.

    :ivar total: how many tests there are in all parts.
    :ivar split: tells splits apart; runs that show the same text together run each test
        once.
    """

    part: int
    parts: int
    kept: int
    total: int
    split: str

    def describe(self) -> str:
        """Say what part it is."""
        return (
            f"shard {self.part} of {self.parts} with {self.kept} of {self.total} "
            f"tests, split {self.split}"
        )


def take_part(
    selection: Selection,
    part: int,
    parts: int,
    expect: Callable[[str], float | None],
) -> tuple[Shard, list[pytest.Item]]:
    """Leave one part of a selection.

    :param part: from 1 to ``parts``.
    :param expect: returns how many seconds a test takes, by its node id.
    :returns: the part, and the tests that are not in it.
    """
    names = [item.nodeid for item in selection.items]
    part_of = split(_weigh(map(expect, names)), _pairs(selection), parts)
    kept = [place for place, found in enumerate(part_of) if found == part - 1]
    left = set(range(len(names))).difference(kept)
    out = [selection.items[place] for place in sorted(left)]
    shard = Shard(
        part=part,
        parts=parts,
        kept=len(kept),
        total=len(names),
        split=_fingerprint(names, part_of),
    )
    selection.arrange(kept)
    return shard, out


def _weigh(seconds: Iterator[float | None]) -> list[float]:
    """Return weights; a test of which nothing is known weighs as much as the mean."""
    expected = list(seconds)
    known = [each for each in expected if each]
    mean = sum(known) / len(known) if known else 1.0
    return [each or mean for each in expected]


def _pairs(selection: Selection) -> Iterator[tuple[int, int]]:
    """Yield what must not be parted: edges of all kinds, and tests of one group."""
    place_of = {item: place for place, item in enumerate(selection.items)}
    for place, edges in enumerate(selection.edges):
        for edge in edges:
            yield from ((place, place_of[other]) for other in edge.items)
    first: dict[str, int] = {}
    for place, declared in enumerate(selection.declarations):
        if declared.keeps_order:
            for use in declared.uses:
                yield place, first.setdefault(use.resource, place)


def _fingerprint(names: list[str], part_of: list[int]) -> str:
    lines = sorted(f"{part} {name}" for part, name in zip(part_of, names, strict=True))
    text = "\n".join(lines).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[:8]
