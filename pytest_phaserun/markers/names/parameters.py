"""The parameters of tests: their values, and their texts in node ids."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest


def own_parameters(item: pytest.Item) -> Mapping[str, Any]:
    """Return the values a test was made with, by name, those of fixtures as well."""
    return getattr(getattr(item, "callspec", None), "params", {})


def describe_value(value: object) -> str | None:
    """Return what pytest writes for a value in a node id.

    ``None`` for values that it numbers, as it does with objects of most classes. A test
    may have been given another text (``ids=``), so nothing may rest on this alone.
    """
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii")
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace")
    if value is None or isinstance(value, bool | int | float | complex | enum.Enum):
        return str(value)
    if isinstance(value, re.Pattern):
        return describe_value(value.pattern)
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else None


class ValueIndex:
    """Tests by the values of some of their parameters.

    :param names: these parameters; tests that lack one are left out.
    """

    def __init__(
        self, items: Sequence[pytest.Item], places: Iterable[int], names: Sequence[str]
    ) -> None:
        self._found: dict[tuple[Any, ...], list[int]] = {}
        self._unhashable: list[tuple[tuple[Any, ...], int]] = []
        for place in places:
            own = own_parameters(items[place])
            if all(name in own for name in names):
                self._add(tuple(own[name] for name in names), place)

    def _add(self, values: tuple[Any, ...], place: int) -> None:
        try:
            self._found.setdefault(values, []).append(place)
        except TypeError:
            self._unhashable.append((values, place))

    def find(self, values: tuple[Any, ...]) -> list[int]:
        """Return the tests with these values."""
        try:
            return self._found.get(values, [])
        except TypeError:
            others = self._unhashable
            return [place for own, place in others if _are_equal(own, values)]


def _are_equal(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    try:
        return left == right
    except Exception:
        # Arrays and the like have no plain answer to that question; the same object
        # has been found equal before it was asked.
        return False
