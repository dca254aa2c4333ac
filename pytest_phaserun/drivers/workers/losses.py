"""What is reported of a test whose process ended under it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ...isolation.current import HookCall, ItemRun, reports_in
from ...isolation.guarding import When
from ..reports import make_report, show_text, show_timeout
from ..timed_out import TimedOut
from .fork import Fork
from .wire import REPORT


class Crashed(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """The process of a test ended without being told to.

    :param what: what became of it; see ``describe_code``.
    :param stacks: what faulthandler has written.
    """

    def __init__(self, what: str, stacks: str = "") -> None:
        lines = [f"The process of the test {what}"]
        if stacks:
            lines += ["", stacks.rstrip()]
        super().__init__("\n".join(lines), pytrace=False)


def describe_code(code: int) -> str:
    """Say what became of a process.

    :param code: a negative signal or an exit code.
    """
    if code >= 0:
        return f"ended itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}"


@dataclass(frozen=True, slots=True)
class Loss:
    """The end of a worker's process.

    :ivar what: what became of it, in a few words.
    :ivar error: what the test that it ran is reported to have raised; ``None`` if that
        had ended, and nobody is to blame.
    :ivar output: what the test had written and nobody read yet, by stream.
    :ivar worker: attributes of reports that tell which worker has made them.
    """

    what: str
    error: BaseException | None
    output: Mapping[str, str] = field(default_factory=dict)
    worker: Mapping[str, object] = field(default_factory=dict)


def find_crash(fork: Fork) -> Loss | None:
    """Say what is lost with a process that has ended by itself."""
    code = fork.wait()
    if fork.is_retired and code == 0:
        return None
    what = describe_code(code)
    return Loss(what, Crashed(what, fork.read_stacks()), fork.read_output())


def hung_at_end(limit: float, stack: str = "") -> TimedOut:
    """Return the error of what tests share, which takes too long to come down.

    :param limit: seconds that it had.
    :param stack: where its process was when the time was up, if that is known.
    """
    lines = [f"Timed out after {limit:g} s in teardown of what tests share"]
    if stack:
        lines += ["", "Stack of its process when its time was up:", stack.rstrip()]
    return TimedOut("\n".join(lines), limit)


def make_calls(run: ItemRun, stage: str, loss: Loss, seconds: float) -> list[HookCall]:
    """Return the calls of reporting hooks that are missing of a test.

    :param stage: the one in which its process ended.
    :param seconds: how long it had been there.
    """
    item = run.item
    assert loss.error is not None, "there is somebody to blame"
    # There are more, which pytest does not know, and all before a setup.
    when: Any = stage if stage in ("call", "teardown") else "setup"
    reports = reports_in(run.shipped)
    report = _make_failure(item, when, loss.error, seconds)
    # Each report repeats what was captured before it.
    report.sections[:] = [
        *(reports[-1].sections if reports else ()),
        *((f"Captured {name} {when}", text) for name, text in loss.output.items()),
    ]
    made = [report]
    if when != "teardown":
        teardown = make_report(item, "teardown", "passed")
        # The JUnit file takes what was printed from the last report.
        teardown.sections.extend(report.sections)
        made.append(teardown)
    for each in made:
        vars(each).update(loss.worker)
    place = {"nodeid": item.nodeid, "location": item.location}
    return [
        *((REPORT, {"report": each}) for each in made),
        ("pytest_runtest_logfinish", place),
    ]


def _make_failure(
    item: pytest.Item, when: When, error: BaseException, seconds: float
) -> pytest.TestReport:
    # No hook makes it: those of plugins look for what they have put on the item, which
    # was in the process that is gone.
    report = make_report(item, when, "failed")
    report.duration = seconds
    if isinstance(error, TimedOut):
        show_timeout(report, error)
    else:
        show_text(report, error)
    return report
