"""``capsys``, ``capsysbinary`` and ``capteesys`` for tests that run beside others.

Alone, each is pytest's own.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, AnyStr, TextIO

import pytest

# Private, in every version since 6.2: the base class that `CaptureFixture` drives, and
# the module whose fixtures stay in charge when a test runs alone.
from _pytest import capture
from _pytest.capture import CaptureBase, CaptureIO

from .current import ItemRun, current_run
from .output import STDERR, STDOUT, drain
from .streams import writing_to_terminal


class _RoutedCapture(CaptureBase[AnyStr]):
    """Captures one stream of one test, as ``SysCapture`` does for the process."""

    def __init__(self, fd: int, *, tee: bool = False) -> None:
        run = current_run()
        assert run is not None
        self._fd = fd
        self._output = run.output
        self._buffer = _Tee(run.output.stream(fd)) if tee else CaptureIO()

    def start(self) -> None:
        self._output.push(self._fd, self._buffer)

    def done(self) -> None:
        self._output.remove(self._fd, self._buffer)

    def suspend(self) -> None:
        self.done()

    def resume(self) -> None:
        self.start()


class RoutedCapture(_RoutedCapture[str]):
    """In text."""

    EMPTY_BUFFER = ""

    def snap(self) -> str:
        return drain(self._buffer)

    def writeorg(self, data: str) -> None:
        self._output.write_below(self._fd, self._buffer, data)


class RoutedCaptureBinary(_RoutedCapture[bytes]):
    """In bytes, as they were written."""

    EMPTY_BUFFER = b""

    def snap(self) -> bytes:
        raw = self._buffer.buffer
        assert isinstance(raw, io.BytesIO)
        data = raw.getvalue()
        raw.seek(0)
        raw.truncate()
        return data

    def writeorg(self, data: bytes) -> None:
        self._output.write_below(
            self._fd, self._buffer, data.decode("utf-8", "replace")
        )


class _Tee(CaptureIO):
    """Writes to a second stream what it keeps."""

    def __init__(self, other: TextIO) -> None:
        self._other = other
        super().__init__()

    def write(self, text: str) -> int:
        self._other.write(text)
        return super().write(text)


class _RoutedFixture(pytest.CaptureFixture[AnyStr]):
    """``disabled()`` lets the test that calls print past its own buffers alone."""

    @contextmanager
    def disabled(self) -> Generator[None, None, None]:
        run = current_run()
        if run is None:
            with super().disabled():
                yield
            return
        with writing_to_terminal(run):
            yield


def start_capture(run: ItemRun) -> None:
    """Begin a stage: a capturing fixture of the item takes the streams over."""
    if run.capture_fixture is not None:
        run.capture_fixture._start()


def end_capture(run: ItemRun, when: str) -> None:
    """End a stage: what was written becomes a section of the item's report."""
    if run.capture_fixture is not None:
        run.capture_fixture.close()
    for fd, key in ((STDOUT, "stdout"), (STDERR, "stderr")):
        text = run.output.take(fd)
        if text:
            run.item.add_report_section(when, key, text)


def end_output(run: ItemRun, when: str) -> None:
    """End a stage from outside: what was written and logged becomes sections."""
    end_capture(run, when)
    if run.logs is not None:
        run.logs.end(when)


def _use(
    request: Any, captureclass: type[Any], **config: bool
) -> Iterator[pytest.CaptureFixture[Any]]:
    """Drive a capturing fixture for the test that asks for it."""
    run = current_run()
    assert run is not None
    if run.capture_fixture is not None:
        other = run.capture_fixture.request.fixturename
        request.raiseerror(
            f"cannot use {request.fixturename} and {other} at the same time"
        )
    fixture: pytest.CaptureFixture[Any] = _RoutedFixture(
        captureclass, request, config=config, _ispytest=True
    )
    run.capture_fixture = fixture
    fixture._start()
    yield fixture
    fixture.close()
    run.capture_fixture = None


class CaptureFixtures:
    """Overrides pytest's fixtures of the same names; registered while active."""

    @pytest.fixture
    def capsys(
        self, request: pytest.FixtureRequest
    ) -> Iterator[pytest.CaptureFixture[str]]:
        """Enable text capturing of writes to ``sys.stdout`` and ``sys.stderr``."""
        if current_run() is None:
            yield from _original(capture.capsys)(request)
        else:
            yield from _use(request, RoutedCapture)

    @pytest.fixture
    def capsysbinary(
        self, request: pytest.FixtureRequest
    ) -> Iterator[pytest.CaptureFixture[bytes]]:
        """Enable bytes capturing of writes to ``sys.stdout`` and ``sys.stderr``."""
        if current_run() is None:
            yield from _original(capture.capsysbinary)(request)
        else:
            yield from _use(request, RoutedCaptureBinary)

    @pytest.fixture
    def capteesys(
        self, request: pytest.FixtureRequest
    ) -> Iterator[pytest.CaptureFixture[str]]:
        """Enable text capturing that also passes the output through."""
        if current_run() is None:
            yield from _original(capture.capteesys)(request)
        else:
            yield from _use(request, RoutedCapture, tee=True)


def _original(fixture: Any) -> Any:
    """Return the function behind a fixture definition (public only as a call)."""
    return fixture._get_wrapped_function()
