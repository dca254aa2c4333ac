"""What is known of a run that is resumed, whoever has read its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Resumed(NamedTuple):
    """What there is to know of a run that is resumed.

    :ivar is_planned: it is known which tests the run had.
    :ivar good: by node id, whether a test of the run went well.
    :ivar shard: which part of how many the run was, if it was one.
    """

    is_planned: bool
    good: Mapping[str, bool]
    shard: tuple[int, int] | None
