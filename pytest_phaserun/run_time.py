"""What tests ask for while they run: which tests names mean, and what came of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from .errors import CycleError, format_cycle
from .markers.declared import Reference
from .markers.dialect import UnresolvedError
from .markers.dialects.pytest_dependency import (
    NAME,
    DependencyDialect,
    ScopedNames,
    describe_scopes,
    is_scope,
)
from .markers.reading import Reader
from .markers.run_time import JUDGE
from .model import Status
from .scheduling.waits import Refusal


class RunTimeDependencies:
    """Belongs to one run; any thread may call.

    :param collected: every test that names may mean.
    :param planned: those that run, in the order of the graph.
    :param wait: waits for the test at a place among ``planned``.
    :param find_item: tells for which test the calling code works.
    """

    def __init__(
        self,
        config: pytest.Config,
        collected: Sequence[pytest.Item],
        planned: Sequence[pytest.Item],
        wait: Callable[[pytest.Item, int], Status | Refusal],
        find_item: Callable[[], pytest.Item | None],
    ) -> None:
        self._dialect = DependencyDialect(config)
        self._collected = collected
        self._place = {item: place for place, item in enumerate(collected)}
        self._planned = {item: place for place, item in enumerate(planned)}
        self._wait = wait
        self._find_item = find_item
        self._lock = threading.Lock()
        self._names: ScopedNames | None = None

    def require(self, node: Any, names: Iterable[object], scope: str) -> None:
        """Go on only if tests have passed.

        :param node: that of the request: the test, or what a wider fixture lives with.
        """
        item = node if isinstance(node, pytest.Item) else self._find_item()
        if item is None:
            pytest.fail("depends() was not called for a test", pytrace=False)
        if not is_scope(scope):
            pytest.fail(
                f"depends() takes scope as one of {describe_scopes()}, not {scope!r}",
                pytrace=False,
            )
        for name in names:
            if not isinstance(name, str):
                pytest.fail(f"depends() takes names, not {name!r}", pytrace=False)
            self._require(item, name, scope)

    def _require(self, item: pytest.Item, name: str, scope: str) -> None:
        for other in self._find(item, name, scope):
            answer = self._ask(item, other)
            if not isinstance(answer, Refusal):
                if answer is not Status.COMPLETED:
                    _skip(f"depends on {other.nodeid} ({answer.value})")
                continue
            text = f"depends on {other.nodeid}: {answer.reason}"
            if answer.may_change:
                # To fail is to be run once more, alone and later on.
                pytest.fail(text, pytrace=False)
            _skip(text)

    def _ask(self, item: pytest.Item, other: pytest.Item) -> Status | Refusal:
        if other not in self._planned:
            return Refusal(reason="it is not among the tests of this run")
        try:
            return self._wait(item, self._planned[other])
        except CycleError as error:
            text = "; ".join(map(format_cycle, error.cycles))
        pytest.fail(f"tests wait for one another: {text}", pytrace=False)

    def _find(self, item: pytest.Item, name: str, scope: str) -> list[pytest.Item]:
        with self._lock:
            if self._names is None:
                self._names = self._read()
        reference = Reference(name=name, owner=item, dialect=NAME, scope=scope)
        try:
            found = self._names.resolve(self._place[item], reference)
        except UnresolvedError as error:
            pytest.fail(f"depends on {error}", pytrace=False)
        return [self._collected[place] for place in found]

    def _read(self) -> ScopedNames:
        read = Reader([self._dialect]).read
        # What is wrong with marks has been told before, if anybody reads them.
        declarations = [read(item, []) for item in self._collected]
        return self._dialect.make_lookup(self._collected, declarations)


@contextmanager
def answering(
    config: pytest.Config,
    collected: Sequence[pytest.Item],
    planned: Sequence[pytest.Item],
    wait: Callable[[pytest.Item, int], Status | Refusal],
    find_item: Callable[[], pytest.Item | None],
) -> Iterator[None]:
    """Answer tests that state dependencies while they run.

    See ``RunTimeDependencies``.
    """
    asked = RunTimeDependencies(config, collected, planned, wait, find_item)
    config.pluginmanager.register(asked, JUDGE)
    try:
        yield
    finally:
        config.pluginmanager.unregister(asked)


def _skip(reason: str) -> NoReturn:
    # Points to the test, not to a line in here.
    raise pytest.skip.Exception(reason, _use_item_location=True)
