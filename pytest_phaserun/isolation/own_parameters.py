"""Parameters that note what a test does with them: each test has its own.

``pytest.raises(...)`` as a parameter is one object for all tests that it is a parameter
of. It holds the exception of the one that has entered it.
"""

from __future__ import annotations

import copy

import pytest

_KINDS = (pytest.RaisesExc, pytest.RaisesGroup, pytest.WarningsRecorder)


def own_parameters(item: pytest.Item) -> None:
    """Replace such parameters of an item by copies."""
    # Where a function has parameters, in all versions, without a public name.
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    for name, value in parameters.items():
        if isinstance(value, _KINDS):
            parameters[name] = copy.copy(value)
