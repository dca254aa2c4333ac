"""What files, classes and folders hold, whatever the command line or a plugin left out.

``pytest test_x.py::test_b`` collects the whole file and keeps one test, ``--lf`` those
that failed; a test that ``test_b`` depends on is among the others, or in another file.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

#: Names under which pytest registers what leaves files and tests out for ``--lf``, 5.4
#: to 9.2. It has no public way to collect what they leave out. An unknown name is
#: nobody's: such files stay empty then.
_LAST_FAILED = ("lfplugin-collskip", "lfplugin-collwrapper")

#: Names under which pytest registers those that select among the collected tests, 8.0
#: to 9.2. They have made their choice and would make it again.
_SELECTING = ("main", "mark", "lfplugin", "nfplugin", "stepwiseplugin")


class Contents:
    """Remembers what every collector holds; registered during collection.

    The main thread alone may ask.

    :ivar errors: by node id why something that was only looked into cannot be
        collected, in one line.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._plugins = config.pluginmanager
        self._found: dict[Any, list[Any]] = {}
        self._files: set[tuple[Any, Any]] = set()
        self.errors: dict[str, str] = {}

    # The innermost wrapper sees what there is before others leave something out.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        is_file = isinstance(collector, pytest.File)
        if is_file and not report.result and self._plugins.has_plugin(_LAST_FAILED[0]):
            return report  # passed over, perhaps
        self._found[collector] = list(report.result) if report.passed else []
        if is_file:
            self._files.add((type(collector), collector.path))
        return report

    def get(self, collector: Any) -> list[Any]:
        """Return what a collector holds; collect it if that was not done.

        Call during collection, and while nothing has stopped the run.
        """
        if collector not in self._found:
            self._collect(collector)
        return self._found.get(collector, [])

    def knows(self, file: pytest.File) -> bool:
        """Tell whether a file was collected, by this node or another one for it."""
        return (type(file), file.path) in self._files

    def add_siblings(self, items: Iterable[pytest.Item]) -> list[pytest.Item]:
        """Return all tests of the files that ``items`` come from, ``items`` included.

        Call during collection: the nodes that were collected already are the same
        again.
        """
        items = list(items)
        files: dict[Any, None] = {}
        for item in items:
            file = item.getparent(pytest.File)  # type: ignore[type-abstract]
            files[item if file is None else file] = None
        found = [each for node in files for each in self.walk(node)]
        # Of tests that another plugin has made there is no trace in their files.
        return list(dict.fromkeys([*found, *items]))

    def walk(self, node: Any) -> Iterator[pytest.Item]:
        """Yield all tests in a file or class."""
        if isinstance(node, pytest.Item):
            yield node
            return
        for child in self.get(node):
            yield from self.walk(child)

    def _collect(self, collector: Any) -> None:
        # As pytest does it, but the report is sent to nobody: tests that were not
        # asked for do not count, and neither do errors.
        with self._without_last_failed():
            hook = collector.ihook
            hook.pytest_collectstart(collector=collector)
            report = hook.pytest_make_collect_report(collector=collector)
        if report.failed:
            self.errors[collector.nodeid] = _last_line(report.longreprtext)

    @contextmanager
    def _without_last_failed(self) -> Iterator[None]:
        found = {name: self._plugins.get_plugin(name) for name in _LAST_FAILED}
        there = {name: each for name, each in found.items() if each is not None}
        for plugin in there.values():
            self._plugins.unregister(plugin)
        try:
            yield
        finally:
            for name, plugin in there.items():
                self._plugins.register(plugin, name)


def offer(session: pytest.Session, items: Sequence[pytest.Item], ours: object) -> None:
    """Let other plugins see tests as they see those that pytest has selected.

    They may mark them; whether the tests run, and in which order, is settled.

    :param ours: the plugin that need not see them.
    """
    plugins = session.config.pluginmanager
    selecting = [plugins.get_plugin(name) for name in _SELECTING]
    hook = plugins.subset_hook_caller(
        "pytest_collection_modifyitems",
        [each for each in (*selecting, ours) if each is not None],
    )
    hook(session=session, config=session.config, items=list(items))


def _last_line(text: str) -> str:
    """Return what a traceback says in the end."""
    lines = [line.removeprefix("E ").strip() for line in text.splitlines()]
    return next((line for line in reversed(lines) if line), "it cannot be collected")
