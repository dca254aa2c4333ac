"""The detail of failed assertions, explained for the test that failed.

pytest keeps the explainer in a module variable and swaps it for every test; here one
explainer serves all and asks which test it works for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

# Private, in 8.4 to 9.2: the module variables that rewritten assert statements read,
# and the hook implementation that makes an item's explainer. No public way exists.
from _pytest import assertion
from _pytest.assertion import util

from .current import ItemRun, current_run

_Explain = Callable[[str, object, object], "str | None"]


@contextmanager
def routed_assertions(config: pytest.Config) -> Iterator[None]:
    """Explain comparisons while tests run beside one another."""
    saved = util._reprcompare, util._assertion_pass, util._config
    making = threading.Lock()

    def explain(op: str, left: object, right: object) -> str | None:
        run = current_run()
        if run is None:
            return None
        if run.compare is None:
            with making:
                run.compare = _make_explainer(run, config, explain)
        return run.compare(op, left, right)

    util._reprcompare = explain
    util._config = config
    try:
        yield
    finally:
        util._reprcompare, util._assertion_pass, util._config = saved


def _make_explainer(run: ItemRun, config: pytest.Config, routed: _Explain) -> _Explain:
    """Drive pytest's own wrapper far enough to learn the item's explainer."""
    wrapper = assertion.pytest_runtest_protocol(run.item)
    next(wrapper)
    explainer = util._reprcompare
    wrapper.close()
    util._reprcompare, util._config = routed, config
    assert explainer is not None
    return explainer
