"""What a test is failed with that did not end in time."""

from __future__ import annotations

import pytest


# The class is public, but hidden from type checkers by the way pytest exports it.
class TimedOut(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """A test did not end in time.

    :ivar limit: seconds it had.
    """

    def __init__(self, message: str, limit: float) -> None:
        super().__init__(message, pytrace=False)
        self.limit = limit
