"""From seconds to places in a picture and to words."""

from __future__ import annotations

from collections.abc import Iterator

_MINUTE = 60
_HOUR = 3600


def find_ticks(wall: float, most: int) -> Iterator[float]:
    """Yield the instants from 0 to ``wall`` that an axis names, ``most`` + 1 at most.

    >>> list(find_ticks(2.1, 8))
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    step = find_step(wall / most)
    number = 0
    while number * step <= wall:
        yield number * step
        number += 1
        if not step:
            return


def find_step(least: float) -> float:
    """Return the next round number of seconds from ``least`` on; 0 for 0.

    >>> find_step(0.3), find_step(7), find_step(70)
    (0.5, 10.0, 120.0)
    """
    if least <= 0:
        return 0.0
    step = 1e-6
    while step < 1:
        for factor in (1, 2, 5):
            if step * factor >= least:
                return step * factor
        step *= 10
    for seconds in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800):
        if seconds >= least:
            return float(seconds)
    return float(_HOUR * -(-least // _HOUR))


def in_words(seconds: float) -> str:
    """Return a span for readers, with three digits or so.

    >>> [in_words(s) for s in (0, 0.0004, 0.25, 2.5, 65, 7384)]
    ['0 s', '0.4 ms', '250 ms', '2.50 s', '1 min 05 s', '2 h 03 min']
    """
    if seconds <= 0:
        return "0 s"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 59.995:
        return f"{seconds:.{2 if seconds < 9.995 else 1}f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


def on_axis(seconds: float) -> str:
    """Return an instant as an axis names it.

    >>> [on_axis(s) for s in (0, 0.25, 2, 90, 3600)]
    ['0', '0.25 s', '2 s', '1:30', '1:00:00']
    """
    if not seconds:
        return "0"
    if seconds < _MINUTE:
        return f"{round(seconds, 6):.10g} s"
    whole = round(seconds)
    minutes = f"{whole % _HOUR // _MINUTE}:{whole % _MINUTE:02}"
    if whole < _HOUR:
        return minutes
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
