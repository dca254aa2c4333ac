"""The JUnit file says of a test that timed out that it did: ``type="timeout"``.

pytest's writer knows no types of failures. Its counts stay as they are.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

_TAGS = ("failure", "error")


class JUnitTypes:
    """Registered for the whole run; the main thread calls, as it reports.

    :param attribute: which reports have of tests that timed out.
    """

    def __init__(self, config: pytest.Config, attribute: str) -> None:
        self._writer = _find_writer(config)
        self._attribute = attribute

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(self, report: Any) -> Generator[None, None, None]:
        if self._writer is None or not hasattr(report, self._attribute):
            return (yield)
        reporter = self._writer.node_reporter(report)
        known = len(self._writer.node_reporters_ordered)
        result = yield
        # An error in the teardown of a test that had failed is a case of its own.
        made = self._writer.node_reporters_ordered[known:]
        # The elements themselves, before and after the case is closed.
        case = [reporter, *made][-1].to_xml()
        found = [element for element in case if element.tag in _TAGS]
        if found:
            found[-1].set("type", "timeout")
        return result


def _find_writer(config: pytest.Config) -> Any:
    """Return what writes the file; ``None`` if nobody does.

    ``xml_key`` and the names looked for are in 8.4 to 9.2 and not public. Without them
    no type is set.
    """
    try:
        from _pytest.junitxml import _NodeReporter, xml_key
    except ImportError:
        return None
    writer = config.stash.get(xml_key, None)
    needed = ("node_reporter", "node_reporters_ordered")
    is_known = all(hasattr(writer, name) for name in needed)
    return writer if is_known and hasattr(_NodeReporter, "to_xml") else None
