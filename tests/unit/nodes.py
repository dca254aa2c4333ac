"""Suites that were never written: real nodes of pytest without files behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest


class FakeFile(pytest.File):
    """A test file."""

    def collect(self) -> Iterable[pytest.Item]:
        return []


class FakeClass(pytest.Collector):
    """A class of tests."""

    def collect(self) -> Iterable[pytest.Item]:
        return []


class FakeTest(pytest.Item):
    """A test; says in which line it stands."""

    line = 0

    def runtest(self) -> None: ...

    def reportinfo(self) -> tuple[Any, int, str]:
        return self.path, self.line, self.name


class Suite:
    """Builds tests by their node ids; tests of one file or class share its node.

    :ivar items: the tests, in the order in which they were added.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._nodes: dict[str, Any] = {}
        self.items: list[pytest.Item] = []

    def add(
        self,
        nodeid: str,
        *marks: pytest.MarkDecorator,
        on_parameter: Iterable[pytest.MarkDecorator] = (),
        on_class: Iterable[pytest.MarkDecorator] = (),
        on_file: Iterable[pytest.MarkDecorator] = (),
        **parameters: object,
    ) -> pytest.Item:
        """Add ``folder/test_x.py::TestA::test_b[1]``; lines count up from 1.

        :param parameters: what the text in brackets stands for.
        """
        path, _, rest = nodeid.partition("::")
        parent = self._file(path, on_file)
        base, bracket, text = rest.partition("[")
        *classes, name = base.split("::")
        for each in classes:
            parent = self._class(parent, each, on_class)
        item = FakeTest.from_parent(parent, name=name + bracket + text)
        item.line = len(self.items)
        own = [decorator.mark for decorator in marks]
        near = [decorator.mark for decorator in on_parameter]
        # As pytest has it: those of the function first.
        item.own_markers.extend([*own, *near])
        if bracket:
            item.callspec = SimpleNamespace(marks=near, params=parameters)
        self.items.append(item)
        return item

    def add_all(self, *nodeids: str) -> list[pytest.Item]:
        """Add tests without marks."""
        return [self.add(nodeid) for nodeid in nodeids]

    def _file(self, path: str, marks: Iterable[pytest.MarkDecorator]) -> Any:
        parent: Any = self._session
        for folder in _parents(path):
            if folder not in self._nodes:
                self._nodes[folder] = pytest.Dir.from_parent(
                    parent, path=self._session.config.rootpath / folder
                )
            parent = self._nodes[folder]
        if path not in self._nodes:
            file = FakeFile.from_parent(
                parent, path=self._session.config.rootpath / path
            )
            file.own_markers.extend(decorator.mark for decorator in marks)
            self._nodes[path] = file
        return self._nodes[path]

    def _class(
        self, parent: Any, name: str, marks: Iterable[pytest.MarkDecorator]
    ) -> Any:
        nodeid = f"{parent.nodeid}::{name}"
        if nodeid not in self._nodes:
            self._nodes[nodeid] = node = FakeClass.from_parent(parent, name=name)
            node.own_markers.extend(decorator.mark for decorator in marks)
        return self._nodes[nodeid]


def _parents(path: str) -> Iterator[str]:
    """Yield the folders of a file from the outermost to its own."""
    folders = path.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        yield "/".join(folders[:depth])
