"""The systems outside the shop. These stand-ins do no work, they only take time."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteSystem:
    """A system that the shop reaches over a network, and has to wait for.

    :param latency: seconds until it answers.
    """

    name: str
    latency: float

    def call(self) -> None:
        """Ask the system something and wait for its answer."""
        # The sleep stands for the network and the work on the other side. It holds no
        # lock, so the shop serves other requests in the meantime.
        time.sleep(self.latency)


# A mail server answers when it has taken over the message.
MAIL = RemoteSystem("mail", 0.07)
# A search index answers a change when it has refreshed, so that searches find it.
SEARCH = RemoteSystem("search", 0.07)
# A warehouse answers when it has set the goods aside, or put them back.
WAREHOUSE = RemoteSystem("warehouse", 0.07)
# A payment gateway answers when it has asked the bank of the card's holder.
PAYMENTS = RemoteSystem("payments", 0.12)

SYSTEMS = {system.name: system for system in (MAIL, SEARCH, WAREHOUSE, PAYMENTS)}
