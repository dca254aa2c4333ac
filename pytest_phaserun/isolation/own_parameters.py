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
    callspec = getattr(item, "callspec", None)
    parameters = getattr(callspec, "params", {})
    # `_arg2scope`, in 8.4 to 9.2. A wider fixture is made once for each object that it
    # has as a parameter; without the attribute, once for each test.
    scopes = getattr(callspec, "_arg2scope", {})
    for name, value in parameters.items():
        is_own = name not in scopes or scopes[name].value == "function"
        if is_own and isinstance(value, _KINDS):
            parameters[name] = copy.copy(value)
