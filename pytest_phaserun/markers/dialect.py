"""What a dialect of marks is: who reads them, and who knows what their names mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeAlias

import pytest

from .declared import Declaration, Node, Reference

#: What a mark stands on, the node id of that, and the mark.
Found: TypeAlias = tuple[Node, str, pytest.Mark]


class UnresolvedError(Exception):
    """A name that means nothing, or more than one thing; the text says which."""


class UnclearError(UnresolvedError):
    """A name to which no further test can give a meaning: it has several, or none."""


class Lookup(Protocol):
    """Knows all tests of a run, as numbers, and what names mean."""

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests that a reference of the test at ``place`` means.

        :raises UnresolvedError: none, or it cannot be told which.
        """


class Dialect(Protocol):
    """Marks of one origin; made anew for each run.

    :ivar name: as references and the configuration name it.
    :ivar marks: the names of its marks.
    """

    @property
    def name(self) -> str: ...

    @property
    def marks(self) -> Collection[str]: ...

    def recognises(self, mark: pytest.Mark) -> bool:
        """Tell whether a mark of one of these names is in this dialect."""

    def read(
        self, item: pytest.Item, found: Sequence[Found], problems: list[str]
    ) -> Declaration:
        """Read the marks of a test.

        :param found: its marks in this dialect, the nearest first.
        :param problems: is given one line for each mark that cannot be read.
        """

    def make_lookup(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> Lookup:
        """Learn all names of a run.

        :param items: every test that was collected.
        :param declarations: what the marks of each say.
        """
