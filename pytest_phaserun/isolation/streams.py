"""Stand-ins for ``sys.stdout`` and ``sys.stderr`` that write for the test that prints.

Also keeps what is written past them, straight to file descriptors 1 and 2: nobody can
say which test that came from.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

import pytest

from .current import ItemRun, current_run, owning_run
from .output import STDERR, STDOUT
from .screen import CAPTURE, find_screen

_NAMES = {STDOUT: "stdout", STDERR: "stderr"}


#: The streams in force by their names; empty while tests run alone.
_routed: dict[str, RoutedStream] = {}


class _Nowhere(io.StringIO):
    """Forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)


_NOWHERE = _Nowhere()


class RoutedStream:
    """Passes everything on to the stream of the test that calls.

    :ivar terminal: where to write for code that belongs to no test, as hooks do.
    :ivar _strays: where to write for what a test left behind.
    :ivar _method: of pytest's ``--capture``: ``fd``, ``sys``, ``tee-sys`` or ``no``.
    """

    def __init__(self, fd: int, terminal: TextIO, strays: TextIO, method: str) -> None:
        self._fd = fd
        self.terminal = terminal
        self._strays = strays
        self._method = method

    def _target(self) -> TextIO:
        run = owning_run()
        if run is None:
            return self.terminal
        if run.abandoned:
            return _NOWHERE
        if run.closed:
            return self._strays
        if self._method == "no" and not run.output.is_taken(self._fd):
            return self.terminal
        return run.output.stream(self._fd)

    def write(self, text: str) -> int:
        target = self._target()
        if self._method == "tee-sys" and target not in (self.terminal, self._strays):
            self.terminal.write(text)
        return target.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target(), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._target())

    def __repr__(self) -> str:
        return f"<RoutedStream {_NAMES[self._fd]}>"


@contextmanager
def routed_streams(config: pytest.Config, strays: list[str]) -> Iterator[None]:
    """Route both streams while tests run beside one another.

    :param strays: is given the output that belongs to no test.
    """
    # Without pytest's plugin for it nothing is captured, as with `-s`.
    method = config.getoption("capture", default="no")
    terminal: dict[int, Any] = {fd: getattr(sys, name) for fd, name in _NAMES.items()}
    screen = find_screen(config)
    with ExitStack() as stack:
        stack.enter_context(_routed_suspension(config))
        if method == "fd":
            terminal = stack.enter_context(_redirected_descriptors(config, strays))
        if screen is not None:
            for fd, stream in terminal.items():
                terminal[fd] = screen if stream.isatty() else stream
        for fd, name in _NAMES.items():
            below = getattr(sys, name)
            routed = RoutedStream(fd, terminal[fd], below, method)
            setattr(sys, name, routed)
            stack.callback(setattr, sys, name, below)
            _routed[name] = routed
        stack.callback(_routed.clear)
        if screen is not None:
            # Nobody writes past it now, whether or not the capture is on.
            screen.release(CAPTURE)
            stack.callback(screen.hold, CAPTURE)
        yield


def put_back_streams() -> list[str]:
    """Put the routed streams back where something else stands; return their names.

    What has been put there swallows the output of all tests.
    """
    replaced = []
    for name, routed in _routed.items():
        if getattr(sys, name) is not routed:
            setattr(sys, name, routed)
            replaced.append(f"sys.{name}")
    return replaced


@contextmanager
def writing_to_terminal(run: ItemRun) -> Iterator[None]:
    """Let a test write past its buffers, without touching those of others."""
    streams = {STDOUT: sys.stdout, STDERR: sys.stderr}
    opened = {
        fd: stream.terminal
        for fd, stream in streams.items()
        if isinstance(stream, RoutedStream)
    }
    for fd, stream in opened.items():
        run.output.push(fd, stream)
    try:
        yield
    finally:
        for fd, stream in opened.items():
            run.output.remove(fd, stream)


@contextmanager
def captured_for(run: ItemRun) -> Iterator[None]:
    """Keep for a run what the main thread writes between tests.

    While tests run beside others, that is so already.
    """
    capture = run.item.config.pluginmanager.getplugin("capturemanager")
    if _routed or capture is None:
        yield
        return
    # As pytest does around each stage of a test, by the same names in 8.4 to 9.2.
    capture.resume_global_capture()
    try:
        yield
    finally:
        capture.suspend_global_capture(in_=False)
        for fd, text in zip(
            (STDOUT, STDERR), capture.read_global_capture(), strict=True
        ):
            run.output.stream(fd).write(text)


@contextmanager
def open_terminal(config: pytest.Config) -> Iterator[TextIO | None]:
    """Open a stream that reaches the terminal of pytest whatever is captured.

    In the main thread while no test runs there; any thread may write to it.

    :returns: ``None`` without a terminal reporter.
    """
    if not config.pluginmanager.hasplugin("terminalreporter"):
        yield None
        return
    # As in `_terminal_writes_to`.
    stream: TextIO = config.get_terminal_writer()._file
    if not _is_descriptor(stream, STDOUT):
        yield stream
        return
    with _duplicate(STDOUT, stream) as copy:
        yield copy


def begin_line(config: pytest.Config) -> str:
    """Return what ends the line that the terminal is in, if it is in one.

    For who writes past pytest's writer, which is told that a line begins.
    """
    writer: Any = config.get_terminal_writer()
    if not writer.width_of_current_line:
        return ""
    # In 8.4 to 9.2; without it the next percentage would stand too far to the left.
    writer._current_line = ""
    # As pytest's own `ensure_newline` does: the next result names its test anew.
    terminal: Any = config.pluginmanager.getplugin("terminalreporter")
    terminal.currentfspath = None
    return "\n"


@contextmanager
def _routed_suspension(config: pytest.Config) -> Iterator[None]:
    """Let what suspends pytest's capture suspend that of the calling test alone.

    Tests and plugins call this method of pytest's capture manager, in all versions;
    suspended for the process, it would take the streams of all.
    """
    manager = config.pluginmanager.getplugin("capturemanager")
    if manager is None:
        yield
        return
    original = manager.global_and_fixture_disabled

    @contextmanager
    def global_and_fixture_disabled() -> Iterator[None]:
        run = current_run()
        with original() if run is None else writing_to_terminal(run):
            yield

    manager.global_and_fixture_disabled = global_and_fixture_disabled
    try:
        yield
    finally:
        del manager.global_and_fixture_disabled


@contextmanager
def _redirected_descriptors(
    config: pytest.Config, strays: list[str]
) -> Iterator[dict[int, Any]]:
    """Let pytest's own capture hold the descriptors, the terminal write past it.

    :returns: streams that still reach the terminal.
    """
    capture = config.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        terminal = {}
        for fd, name in _NAMES.items():
            stream = getattr(sys, name)
            stream.flush()
            terminal[fd] = stack.enter_context(_duplicate(fd, stream))
        stack.enter_context(_terminal_writes_to(config, terminal[STDOUT]))
        stack.enter_context(_fixed_width(config))
        capture.resume_global_capture()
        try:
            yield terminal
        finally:
            capture.suspend_global_capture(in_=False)
            strays.extend(filter(None, capture.read_global_capture()))


def _duplicate(fd: int, like: TextIO) -> TextIO:
    """Open a stream on the same file, safe from what happens to ``fd``."""
    return open(
        os.dup(fd),
        "w",
        encoding=getattr(like, "encoding", None),
        errors=getattr(like, "errors", None),
        newline="\n",
        buffering=1,
    )


@contextmanager
def _terminal_writes_to(config: pytest.Config, stream: TextIO) -> Iterator[None]:
    """Point pytest's terminal writer elsewhere, if it writes to stdout."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        yield
        return
    # The writer's `_file` (all versions) has no public way to be replaced. Without
    # that the terminal would write into the capture.
    writer = config.get_terminal_writer()
    saved = writer._file
    if not _is_descriptor(saved, STDOUT):
        yield
        return
    writer._file = stream
    try:
        yield
    finally:
        stream.flush()
        writer._file = saved


@contextmanager
def _fixed_width(config: pytest.Config) -> Iterator[None]:
    """Let pytest's terminal writer keep the width that the terminal has now.

    The writer asks the descriptor that the capture holds, and would find 80 columns.
    """
    if not config.pluginmanager.hasplugin("terminalreporter"):
        yield
        return
    writer: Any = config.get_terminal_writer()
    # `_terminal_width` (all versions) is what the setter of `fullwidth` sets; `None`
    # until somebody does, for which there is no public way.
    saved = writer._terminal_width
    writer.fullwidth = writer.fullwidth
    try:
        yield
    finally:
        writer._terminal_width = saved


def _is_descriptor(stream: TextIO, fd: int) -> bool:
    try:
        return stream.fileno() == fd
    except (OSError, ValueError, AttributeError):
        return False
