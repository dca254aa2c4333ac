"""What a controller and its workers say to each other.

Tests are named by their place in the graph, which is the same in all processes. What is
said is a tuple, since to pickle that takes little more than half the time.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...isolation.guarding import When
from ...model import Status
from ...scheduling.waits import Refusal

#: A call of a reporting hook: its name, and its arguments as bytes; see ``wire``.
WireCall = tuple[str, bytes]

#: The stage of a test between two attempts.
REST = "rest"


class Order(NamedTuple):
    """Run a test.

    :ivar ended: the places of tests that have ended since the last order, wherever they
        ran: nothing is kept up for them any more.
    :ivar replay: tests that are to run before it without being reported, since what
        they left in a process is gone.
    :ivar again: it failed beside others and runs once more, alone.
    :ivar needs_ticket: it was sent while another test ran, and is void unless there is
        still a ticket to take for it.
    """

    place: int
    ended: Sequence[int] = ()
    replay: Sequence[int] = ()
    again: bool = False
    needs_ticket: bool = False


class Entered(NamedTuple):
    """A test has entered a stage, or ``rest``, the time between two attempts.

    :ivar at: when, in seconds on the monotonic clock of the machine; ``None`` where the
        controller may be on another one.
    :ivar calls: what was reported before.
    :ivar since: how many of its calls come before these.
    """

    place: int
    stage: When | str
    at: float | None
    calls: Sequence[WireCall] = ()
    since: int = 0

    @property
    def is_urgent(self) -> bool:
        """Tell whether the controller has to know it before the test ends."""
        return self.stage == REST


class Limited(NamedTuple):
    """A test has a limit of its own from now on; see ``Guard.limit``."""

    seconds: float
    call_only: bool
    if_shorter: bool


class Escape(NamedTuple):
    """What a test let pass to end the run, or asked the session for.

    :ivar kind: ``exit``, ``interrupt``, ``stop`` or ``fail``.
    """

    kind: str
    text: str
    code: int | None = None


class Done(NamedTuple):
    """A test has ended.

    :ivar calls: what was reported, of which the controller may know some.
    :ivar since: how many of its calls come before these.
    :ivar escape: the run is to end.
    :ivar took: seconds from its begin to its end.
    :ivar computed: seconds of a core that its process took meanwhile.
    :ivar at: when, as in ``Entered``: the next test may have begun long before this is
        heard.
    """

    place: int
    calls: Sequence[WireCall] = ()
    since: int = 0
    escape: Escape | None = None
    took: float = 0.0
    computed: float = 0.0
    at: float | None = None


class Unneeded(NamedTuple):
    """What was taken down late, after the last test that needed it, raised an error.

    :ivar place: of the test that ended last in this process.
    """

    place: int
    calls: Sequence[WireCall]


class Lost(NamedTuple):
    """A test of ``Order.replay`` did not pass, so that the order was not carried out.

    :ivar failed: the place of that test.
    """

    place: int
    failed: int
    error: str


class Asked(NamedTuple):
    """A test that runs waits for another.

    :ivar other: the place of that one.
    """

    other: int


class Answer(NamedTuple):
    """How the test has ended that a running one waits for.

    :ivar answer: or why it is of no use to wait.
    :ivar cycles: the tests that wait for one another, if there are such.
    """

    answer: Status | Refusal | None
    cycles: Sequence[Sequence[str]] = ()


#: From a worker.
Message = Entered | Limited | Done | Unneeded | Lost | Asked


def pack(message: object) -> bytes:
    """Return messages as bytes; ``None`` tells a worker that there is no more."""
    return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)


def unpack(data: bytes) -> Any:
    """Return the message of ``pack``, made by a process of the same run."""
    return pickle.loads(data)
