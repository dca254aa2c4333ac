"""The warnings that pytest records of each test, for concurrent tests as well."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

# Private, in 8.4 to 9.2: applies the filters of the configuration and of an item's
# marks, and reports what was recorded. There is no public equivalent.
from _pytest.warnings import catch_warnings_for_item

from .current import ItemRun, current_run
from .native_filters import adopt_filters, is_native, native_filters
from .warning_filters import Filters, process_filters, routed_filters

_HOOK = "pytest_warning_recorded"


class ItemWarnings:
    """The filters of one test and pytest's context manager that fills them.

    Made when the test first warns or touches a filter; where filters belong to
    contexts, before the test begins.
    """

    def __init__(self, run: ItemRun, base: Filters) -> None:
        self.filters = base
        self._run = run
        self._manager: Any = None

    def open(self) -> None:
        """Apply the filters of configuration and marks."""
        item = self._run.item
        if item.config.pluginmanager.hasplugin("warnings"):
            ship = SimpleNamespace(call_historic=self._ship)
            self._manager = catch_warnings_for_item(
                config=item.config,
                ihook=SimpleNamespace(**{_HOOK: ship}),
                when="runtest",
                item=item,
            )
        else:
            self._manager = warnings.catch_warnings()
        self._manager.__enter__()
        if is_native():
            adopt_filters()

    def close(self) -> None:
        """Hand what was recorded to the hook that pytest reports it through."""
        if self._manager is not None:
            self._manager.__exit__(None, None, None)

    def _ship(self, kwargs: dict[str, Any]) -> None:
        self._run.shipped.append((_HOOK, kwargs))


@contextmanager
def routed_warnings() -> Iterator[None]:
    """Give every concurrent test filters and records of its own."""
    module: Any = warnings
    show: Callable[[Any], None] = module._showwarnmsg
    process = list(process_filters())
    main = Filters(process, show)

    def find() -> Filters:
        run = current_run()
        if run is None:
            return main
        if run.warnings is None:
            with run.lock:
                if run.warnings is None:
                    run.warnings = mine = ItemWarnings(run, Filters(process, show))
                    mine.open()
        return run.warnings.filters

    with native_filters(find) if is_native() else routed_filters(find):
        yield


def open_warnings(run: ItemRun) -> None:
    """Begin the recording of a test, in its context, if that cannot wait.

    Where filters belong to contexts, a child thread may be the first that warns.
    """
    if is_native():
        run.warnings = mine = ItemWarnings(run, Filters([], lambda message: None))
        mine.open()


def close_warnings(run: ItemRun) -> None:
    """End the recording of a test that ran to its end."""
    if run.warnings is not None:
        run.warnings.close()
