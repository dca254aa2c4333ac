"""The function ``depends``: dependencies that a test states while it runs.

Imports no pytest by itself, as all that the package offers by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def depends(
    request: pytest.FixtureRequest, other: Iterable[str], scope: str = "module"
) -> None:
    """Go on only if other tests have passed; wait for those that have not ended.

    Means the same as ``depends`` of pytest-dependency, and as its mark. Does nothing
    where tests run without phases and without that plugin.

    :param other: names of tests in that scope.
    :raises pytest.skip.Exception: one did not pass, or will not run.
    :raises pytest.fail.Exception: a name is not known, or they wait for one another.
    """
    from .markers.registered import find_plugin
    from .markers.run_time import find_judge
    from .markers.values import as_names

    judge = find_judge(request.config)
    if judge is not None:
        judge.require(request.node, as_names(other), scope)
        return
    plugin = find_plugin(request.config, "pytest-dependency")
    if plugin is not None:
        plugin.depends(request, other, scope)
