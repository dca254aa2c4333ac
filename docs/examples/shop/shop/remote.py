"""The systems outside the shop. These stand-ins do no work, they only take time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

PING_LATENCY = 0.1  # seconds

# How many times as long as usual the systems take: a slow run can be watched.
SLOWNESS = float(os.environ.get("SHOP_SLOWNESS", "1"))


@dataclass(frozen=True, slots=True)
class RemoteSystem:
    """A system that the shop reaches over a network, and has to wait for.

    The sleeps stand for the network and for the work on the other side. They hold no
    lock, so the shop serves other requests in the meantime.

    :param latency: seconds until it has done what it was asked for.
    """

    name: str
    latency: float

    def ping(self) -> None:
        """Ask the system for a sign of life."""
        time.sleep(SLOWNESS * PING_LATENCY)

    def call(self) -> None:
        """Ask the system for something and wait until it is done."""
        time.sleep(SLOWNESS * self.latency)


# A mail server answers when it has taken over the message.
MAIL = RemoteSystem("mail", 0.1)
# A search index answers a change when it has refreshed, so that searches find it.
SEARCH = RemoteSystem("search", 0.1)
# A warehouse answers when it has set the goods aside, or handed them to the carrier.
WAREHOUSE = RemoteSystem("warehouse", 0.1)
# A payment gateway answers when it has asked the bank of the card's holder.
PAYMENTS = RemoteSystem("payments", 0.2)

SYSTEMS = {system.name: system for system in (MAIL, SEARCH, WAREHOUSE, PAYMENTS)}
