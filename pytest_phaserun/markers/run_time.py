"""Dependencies that a test states while it runs: the function ``depends``.

Knows no tests; whoever runs them says what a name means and what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import pytest

from .registered import find_plugin


class Judge(Protocol):
    """Knows the tests of a run."""

    def require(self, node: Any, names: Iterable[object], scope: str) -> None:
        """Go on only if all tests of these names have passed; see ``depends``."""


#: Under which who answers is registered while tests run with phases.
JUDGE = "phaserun-judge"


def depends(
    request: pytest.FixtureRequest, other: Iterable[str], scope: str = "module"
) -> None:
    """Go on only if other tests have passed; wait for those that have not ended.

    Means the same as ``depends`` of pytest-dependency and of its mark. Does nothing
    where tests run without phases and without that plugin.

    :param other: names of tests, of that scope.
    :raises pytest.skip.Exception: one did not pass, or will not run.
    :raises pytest.fail.Exception: a name is not known, or they wait for one another.
    """
    config = request.config
    judge = find_judge(config)
    if judge is not None:
        judge.require(request.node, as_names(other), scope)
        return
    plugin = find_plugin(config, "pytest-dependency")
    if plugin is not None:
        plugin.depends(request, other, scope)


def find_judge(config: pytest.Config) -> Any:
    """Return the ``Judge`` of the tests that run, ``None`` without phases."""
    return config.pluginmanager.getplugin(JUDGE)


def as_names(given: object) -> Iterable[object]:
    """Return what was given for names; a text is one, not letter after letter."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,)
    return tuple(given)
