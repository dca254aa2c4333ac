"""The end of an item, as the main thread or process hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..dispatch import Blocked
from ..isolation.current import ItemRun
from ..scheduling.lease import Lease
from .outcome import Outcome


class Ended(NamedTuple):
    """An item ran to its end on a slot.

    :ivar provisional: it failed, which is to be confirmed.
    :ivar withdrawn: it came to nothing because the run ends.
    :ivar escaped: what its protocol let pass, such as ``pytest.exit``.
    """

    lease: Lease
    slot: int
    run: ItemRun
    outcome: Outcome
    blocked: Sequence[Blocked]
    began: float
    ended: float
    provisional: bool = False
    withdrawn: bool = False
    escaped: BaseException | None = None
