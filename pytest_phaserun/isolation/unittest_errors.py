"""What a test case of ``unittest`` keeps of the errors in it."""

from __future__ import annotations

import pytest


def forget_errors(item: pytest.Item) -> None:
    """Drop what unittest has caught, so that the error of a stage is reported.

    It takes the exception that ends a stage in time for one of the test's own.
    """
    # In 8.4 to 9.2 a list of test cases, or `None`, of which pytest reports the first
    # instead. Without it a timeout is reported as what unittest has made of it.
    caught = getattr(item, "_excinfo", None)
    if caught:
        caught.clear()
