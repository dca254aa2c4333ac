"""How a run will go, for the header that pytest prints before it collects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..settings import Settings


def describe_run(
    settings: Settings, serial_reasons: Sequence[str], debugger: str | None
) -> str:
    """Say how many tests run at once, in which order and with which limit.

    :param serial_reasons: why tests run one at a time, whatever the settings say.
    :param debugger: what lets somebody look at tests for as long as it takes.
    """
    return f"phaserun: {', '.join(_parts(settings, serial_reasons, debugger))}"


def _parts(
    settings: Settings, serial_reasons: Sequence[str], debugger: str | None
) -> Iterator[str]:
    if serial_reasons:
        yield f"one at a time because of {' and '.join(serial_reasons)}"
    else:
        is_one = settings.concurrency == 1
        number = "one at a time" if is_one else f"{settings.concurrency} at once"
        has_processes = settings.has_processes
        yield f"{number}, in processes" if has_processes else number
    yield f"schedule {settings.schedule.value}"
    if debugger is not None:
        yield f"no timeout because of {debugger}"
    else:
        yield f"timeout {settings.timeout:g} s" if settings.timeout else "no timeout"
    if settings.shuffle is not None:
        yield f"shuffle {settings.shuffle}"
