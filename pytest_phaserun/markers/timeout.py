"""The mark ``timeout`` of pytest-timeout.

Wrong values are left to that plugin to complain about, if it is there.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

#: Under which pytest-timeout is registered: by itself, or by ``-p``.
PLUGIN = ("timeout", "pytest_timeout")

#: The line that ``pytest --markers`` shows where pytest-timeout is not active.
MARKER = (
    "timeout(timeout, func_only=False): a time limit in seconds, of the test function "
    "alone if so wanted, as in pytest-timeout."
)


class Limit(NamedTuple):
    """What a mark says.

    :ivar seconds: 0 for no limit.
    :ivar call_only: it holds for the call, not for the setup.
    """

    seconds: float
    call_only: bool


def read_timeout(item: pytest.Item) -> Limit | None:
    """Return the limit of the nearest mark, ``None`` if there is none that says one."""
    mark = item.get_closest_marker("timeout")
    if mark is None:
        return None
    seconds = mark.args[0] if mark.args else mark.kwargs.get("timeout")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    # Its arguments by place are timeout, method and func_only.
    by_place = mark.args[2] if len(mark.args) > 2 else False
    return Limit(max(0.0, seconds), bool(mark.kwargs.get("func_only", by_place)))
