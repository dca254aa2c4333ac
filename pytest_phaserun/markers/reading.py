"""From all that is said of a test, on it or elsewhere, to one declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from .declared import NOTHING, Declaration
from .dialect import Dialect, Found
from .places import nearest_first

#: Returns what is said of a test; is given a list for what cannot be read.
Elsewhere: TypeAlias = Callable[[pytest.Item, list[str]], Declaration]


class Reader:
    """Reads tests one after another.

    :param dialects: of those that recognise a mark, the first one reads it.
    :param elsewhere: who knows what is said of tests elsewhere than on them, in the
        order in which they go before one another.
    """

    def __init__(
        self, dialects: Sequence[Dialect], elsewhere: Sequence[Elsewhere] = ()
    ) -> None:
        self.dialects = dialects
        self._elsewhere = elsewhere
        self._wanted = frozenset(name for each in dialects for name in each.marks)

    def read(self, item: pytest.Item, problems: list[str]) -> Declaration:
        """Return what all marks of a test say.

        :param problems: is given one line for each mark that cannot be read.
        """
        found: dict[str, list[Found]] = {}
        for each in nearest_first(item, self._wanted):
            name = self._find_dialect(each[2])
            if name is not None:
                found.setdefault(name, []).append(each)
        declaration = NOTHING
        for dialect in self.dialects:
            if dialect.name in found:
                read = dialect.read(item, found[dialect.name], problems)
                declaration = declaration.join(read)
        for source in self._elsewhere:
            declaration = declaration.join(source(item, problems))
        return declaration

    def _find_dialect(self, mark: pytest.Mark) -> str | None:
        for each in self.dialects:
            if mark.name in each.marks and each.recognises(mark):
                return each.name
        return None
