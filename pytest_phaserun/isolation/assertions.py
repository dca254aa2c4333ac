"""The detail of failed assertions, explained for the test that failed.

pytest keeps the explainer in a module variable and swaps it for every test; here one
explainer serves all and asks which test it works for. So it is with the hook that is
told of assertions that pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest

# Private, in 8.4 to 9.2: the module variables that rewritten assert statements read,
# and the hook implementation that makes an item's explainer. No public way exists.
from _pytest import assertion
from _pytest.assertion import util

from .current import current_run

_Explain = Callable[[str, object, object], "str | None"]


@contextmanager
def routed_assertions(config: pytest.Config) -> Iterator[None]:
    """Explain comparisons while tests run beside one another."""
    saved = util._reprcompare, util._assertion_pass, util._config

    def explain(op: str, left: object, right: object) -> str | None:
        run = current_run()
        if run is None:
            return None
        if run.compare is None:
            run.compare = _make_explainer(run.item)
        return run.compare(op, left, right)

    def tell_of_pass(lineno: int, orig: str, expl: str) -> None:
        run = current_run()
        if run is not None:
            hook = run.item.ihook.pytest_assertion_pass
            hook(item=run.item, lineno=lineno, orig=orig, expl=expl)

    util._reprcompare = explain
    if config.hook.pytest_assertion_pass.get_hookimpls():
        util._assertion_pass = tell_of_pass
    util._config = config
    try:
        yield
    finally:
        util._reprcompare, util._assertion_pass, util._config = saved


def _make_explainer(item: pytest.Item) -> _Explain:
    """Drive pytest's own wrapper far enough to learn the item's explainer.

    It is given variables of its own to swap, in place of those of `util`: these serve
    other tests at the same time.
    """
    swapped: Any = SimpleNamespace(_reprcompare=None, _assertion_pass=None)
    own = FunctionType(
        assertion.pytest_runtest_protocol.__code__,
        {**vars(assertion), "util": swapped},
    )
    wrapper = own(item)
    next(wrapper)
    explainer: _Explain | None = swapped._reprcompare
    wrapper.close()
    assert explainer is not None
    return explainer
