"""What a worker has collected and planned, for a controller that collects nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ...model import Reason, Task


@dataclass(frozen=True, slots=True)
class Test:
    """What reports say of a test.

    :ivar location: its file, its line counted from 0, and its name.
    """

    # Not a test of pytest's, whatever its name looks like.
    __test__ = False

    nodeid: str
    location: tuple[str, int | None, str]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that has to be known of a session in order to run it.

    :ivar tests: those of the tasks, in their order.
    :ivar alone: why tests run alone, by their place.
    :ivar capacities: how many units there are of a thing.
    :ivar shard: the part of the suite that it is of, if it is split.
    :ivar leaves_out: some tests are not run since they went well in the run that is
        resumed.
    :ivar lines: what the terminal is to say of it.
    """

    tasks: tuple[Task, ...]
    tests: tuple[Test, ...]
    alone: Mapping[int, Reason]
    capacities: Mapping[Hashable, int]
    shard: Any
    leaves_out: bool
    lines: tuple[str, ...]

    def find_difference(self, other: Plan) -> str | None:
        """Say where another plan of the same suite differs first, if it does."""
        for mine, its in zip(self.tasks, other.tasks, strict=False):
            if mine.id != its.id:
                return f"{mine.id} and {its.id} stand at one place"
            if mine != its:
                return f"{mine.id} has other marks"
        if len(self.tasks) != len(other.tasks):
            return f"{len(self.tasks)} tests and {len(other.tasks)}"
        return None


def describe_tests(items: Iterable[pytest.Item]) -> tuple[Test, ...]:
    """Return what reports say of items."""
    return tuple(
        Test(item.nodeid, item.location, tuple(map(str, item.keywords)))
        for item in items
    )


class ItemElsewhere(pytest.Item):
    """Stands for a test that was collected in another process, and runs there."""

    def __init__(self, *, test: Test, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self._test = test
        self.keywords.update(dict.fromkeys(test.keywords, True))

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Its file, its line counted from 0, and its name."""
        return self._test.location

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the same with the whole path."""
        path, line, name = self._test.location
        return self.config.rootpath / path, line, name

    def runtest(self) -> None:
        """Run elsewhere.

        :raises RuntimeError: it was called here.
        """
        raise RuntimeError(f"{self.nodeid} was collected by another process")


def make_items(session: pytest.Session, tests: Sequence[Test]) -> list[pytest.Item]:
    """Return an item for each test."""
    root = session.config.rootpath
    return [
        ItemElsewhere.from_parent(
            session,
            name=test.location[2],
            nodeid=test.nodeid,
            path=root / test.nodeid.partition("::")[0],
            test=test,
        )
        for test in tests
    ]
