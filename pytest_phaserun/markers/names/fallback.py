"""Our own rules for names that mean nothing by the rules of another dialect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import pytest

from ..declared import Declaration, Reference
from .resolve import Names


class OwnRules:
    """Knows what names mean in our own marks; learns them when first asked."""

    def __init__(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> None:
        self._items = items
        self._declarations = declarations

    @cached_property
    def _names(self) -> Names:
        return Names(self._items, self._declarations)

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests that a reference of the test at ``place`` means.

        :raises UnresolvedError: none, or it cannot be told which.
        """
        return self._names.resolve(place, reference)
