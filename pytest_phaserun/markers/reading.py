"""From the marks on a test to one declaration, whichever dialects they are in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .declared import NOTHING, Declaration
from .dialect import Dialect, Found
from .places import nearest_first


class Reader:
    """Reads tests one after another.

    :param dialects: of those that recognize a mark, the first one reads it.
    """

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        self._dialects = dialects
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
        for dialect in self._dialects:
            if dialect.name in found:
                read = dialect.read(item, found[dialect.name], problems)
                declaration = declaration.join(read)
        return declaration

    def _find_dialect(self, mark: pytest.Mark) -> str | None:
        for each in self._dialects:
            if mark.name in each.marks and each.recognizes(mark):
                return each.name
        return None
