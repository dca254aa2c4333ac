"""How many processes are worth their start.

Where tests compute, more of them than there are cores only take memory, and to fork and
warm one up costs what dozens of small tests take. Where tests wait, each helps.
"""

from __future__ import annotations

#: Tests that compute for more than this share of their time are not helped by more
#: processes than there are cores.
SHARE = 0.5

#: Seconds without the end of a test after which each process is worth its start: the
#: tests are long, whatever they do.
PATIENCE = 0.05

#: What counts of the tests before, each time one ends.
_MEMORY = 0.9


class Staff:
    """Owned by a driver, whose main thread alone may ask; knows no clock.

    :param cores: how many processes can compute at once.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._last: float | None = None
        self._took = 0.0
        self._computed = 0.0

    def note(self, took: float, computed: float, now: float) -> None:
        """Take note that a test has ended.

        :param took: seconds from its begin to its end.
        :param computed: seconds of a core that it took.
        :param now: in seconds of any clock.
        """
        self._last = now
        self._took = _MEMORY * self._took + took
        self._computed = _MEMORY * self._computed + computed

    def lacks(self, number: int, now: float) -> bool:
        """Tell whether one more is worth its start.

        :param number: how many run tests now.
        """
        if self._last is None:
            self._last = now
        computes = self._computed >= SHARE * self._took
        is_long = now >= self._last + PATIENCE
        return number < self._cores or not computes or is_long

    @property
    def lacks_at(self) -> float:
        """When that is so in any case, unless a test ends; once it was asked for."""
        assert self._last is not None
        return self._last + PATIENCE
