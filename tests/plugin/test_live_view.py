"""What runs, shown below pytest's own output: in a terminal, and nowhere else."""

from __future__ import annotations

import os
import re
import signal
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.isolation.screen import find_screen
from pytest_phaserun.options import Live
from pytest_phaserun.settings import Settings
from pytest_phaserun.watching import is_shown

from .live import LiveRun
from .terminal import Terminal

pytest.importorskip("pyte")

pytestmark = pytest.mark.skipif(
    not hasattr(os, "openpty"), reason="needs pseudo-terminals"
)

#: What writes has company in no phase, so that the output is the same in every run. The
#: name of the test that waits fits into the wider terminal alone.
SUITE = """
    @pytest.fixture
    def noisy(capsys):
        yield
        with capsys.disabled():
            print("two lines")
            print("of a teardown")

    @pytest.mark.parametrize("n", range(40))
    def test_many(n): ...

    @pytest.mark.task("first")
    def test_many_first(): ...

    @pytest.mark.depends_on("first")
    @pytest.mark.task("waits")
    @pytest.mark.parametrize("name", ["x" * 90])
    def test_waits(noisy, capsys, name):
        print("captured")
        ready()
        wait()
        with capsys.disabled():
            print("from a test")

    @pytest.mark.depends_on("waits")
    @pytest.mark.task("fails")
    def test_fails():
        assert False, "on purpose"

    @pytest.mark.depends_on("fails")
    def test_blocked(): ...

    @pytest.mark.depends_on("waits")
    @pytest.mark.exclusive
    def test_alone(noisy):
        print("captured")
        ready()
        wait()
"""

#: Plugins write as they like: by the terminal's own means, and past them.
CONFTEST = """
    import sys

    def pytest_runtest_logreport(report):
        if report.when == "call" and "many" not in report.nodeid:
            print("\\nprinted for", report.nodeid)
            print("to stderr", file=sys.stderr)

    def pytest_runtest_logfinish(nodeid):
        if "many" not in nodeid:
            print("end of", nodeid)
"""

PROCESSES = "--phase-executor=process"

OPTIONS = ("--phase-confirm=off", "--phase-concurrency=4", "-p", "no:cacheprovider")

needs_forks = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="forks processes"
)


def start(
    live: LiveRun, terminal: Terminal, *options: str, suite: str = SUITE, **env: str
) -> None:
    """Start the suite on a terminal."""
    environment = {
        name: value for name, value in os.environ.items() if name != "COLUMNS"
    }
    live.start(
        suite,
        *OPTIONS,
        *options,
        stdin=terminal.end,
        stdout=terminal.end,
        stderr=terminal.end,
        start_new_session=True,
        env={**environment, "TERM": "xterm", "LANG": "C.UTF-8", **env},
    )


def finish(live: LiveRun, terminal: Terminal) -> list[str]:
    """Let the two tests go on that wait; return all that the terminal has shown."""
    live.say()
    live.wait_ready()
    live.say()
    live.finish()
    return terminal.finish()


def normalise(rows: list[str]) -> list[str]:
    """Take out what chance and the speed of a run change."""
    while rows and not rows[-1]:
        rows.pop()
    rows = [re.sub(r"\d+\.\d\d ?s\b", "N s", row) for row in rows]
    rows = [re.sub(r"([=_-])\1\1+", r"\1\1\1", row) for row in rows]
    rows = [re.sub(r"slot \d", "slot N", row) for row in rows]
    return [re.sub(r"(test_many)\S* (.*?\]) +", r"\1 \2 ", row) for row in rows]


def has_reported_first_phase(rows: list[str]) -> bool:
    """Tell whether the results of all tests are written that do not wait."""
    words = sum(row.count("PASSED") for row in rows)
    dots = sum(len(row) for row in rows if set(row) == {"."})
    return words + dots == 41


def shows_view(rows: list[str]) -> bool:
    """Tell whether the test that waits is shown, and the phase that it is in."""
    return bool(
        re.search(r"^phase 2 of 4 .*\n +\d:\d\d  \S+x\]$", "\n".join(rows), re.M)
    )


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (80, ("--capture=fd",)),
        (80, ("--capture=sys", "-v")),
        (200, ("--capture=fd", "-v")),
        (200, ("--capture=sys",)),
    ],
)
def test_nothing_of_the_view_is_left_and_nothing_is_lost(
    live, pytester, columns, options
):
    pytester.makeconftest(CONFTEST)
    found = []
    for mode in ("off", "on"):
        terminal = Terminal(columns)
        start(live, terminal, f"--phase-live={mode}", *options)
        live.wait_ready()
        terminal.wait_for(lambda _, seen=terminal: has_reported_first_phase(seen.rows))
        if mode == "on":
            terminal.wait_for(shows_view)
        found.append(normalise(finish(live, terminal)))

    # What is on the screen and what has scrolled away.
    without, with_view = found
    assert with_view == without
    assert [row for row in without if "1 failed, 43 passed, 1 skipped" in row]


@needs_forks
def test_processes_have_the_same_view(live, pytester):
    # What tests write past the capture is not the view's business here.
    pytester.makeconftest(CONFTEST)
    suite = SUITE.replace("with capsys.disabled():", "if True:")
    found = []
    for mode in ("off", "on"):
        terminal = Terminal(80)
        start(live, terminal, PROCESSES, f"--phase-live={mode}", suite=suite)
        live.wait_ready()
        terminal.wait_for(lambda _, seen=terminal: has_reported_first_phase(seen.rows))
        if mode == "on":
            terminal.wait_for(shows_view)
        found.append(normalise(finish(live, terminal)))

    without, with_view = found
    assert with_view == without
    assert [row for row in without if "1 failed, 43 passed, 1 skipped" in row]


@pytest.mark.parametrize("mode", ["off", "on"])
@pytest.mark.parametrize(
    "executor", ["threads", pytest.param("process", marks=needs_forks)]
)
def test_percentages_stand_at_the_edge_of_a_wide_terminal(live, executor, mode):
    terminal = Terminal(100)
    options = (f"--phase-executor={executor}", f"--phase-live={mode}", "-v")
    start(live, terminal, *options, suite="def test_one(): ...\ndef test_two(): ...\n")

    live.finish()

    rows = [row for row in terminal.finish() if "PASSED" in row]
    assert [len(row) for row in rows] == [99, 99]


def test_workers_of_xdist_have_the_same_view(live, pytester):
    pytest.importorskip("xdist")
    terminal = Terminal(80)
    suite = """
        import pathlib

        def test_waits():
            while not pathlib.Path("go").exists():
                time.sleep(0.01)
    """

    start(live, terminal, "-p", "xdist", "-n", "1", suite=suite)
    terminal.wait_for(
        lambda rows: any(re.match(r" +\d:\d\d  .*::test_waits$", row) for row in rows)
    )
    (pytester.path / "go").touch()

    live.finish()
    rows = terminal.finish()
    assert [row for row in rows if "1 passed" in row]
    assert not [row for row in rows if re.match(r"phase 1|.*::test_waits$", row)]


@pytest.mark.parametrize("widths", [(80, 200), (200, 80)])
def test_view_follows_the_width_of_the_terminal(live, widths):
    terminal = Terminal(widths[0])
    start(live, terminal)
    live.wait_ready()
    terminal.wait_for(shows_view)

    terminal.resize(widths[1])

    def fits(rows: list[str]) -> bool:
        return shows_view(rows) and is_cut(rows) is (widths[1] == 80)

    terminal.wait_for(fits)
    rows = finish(live, terminal)
    assert not [row for row in rows if "━" in row or shows_view([row])]


def is_cut(rows: list[str]) -> bool:
    """Tell whether the view shows the end of a name only."""
    return any(row.startswith("    0:") and "…" in row for row in rows)


def test_view_has_the_colours_of_the_terminal(live):
    terminal = Terminal(80)
    start(live, terminal)
    live.wait_ready()
    terminal.wait_for(shows_view)
    finish(live, terminal)

    assert b"\x1b[32m41 passed\x1b[0m" in terminal.read


@pytest.mark.parametrize(
    ("options", "env"), [(("--color=no",), {}), ((), {"NO_COLOR": "1"})]
)
def test_view_has_no_colours_where_they_are_not_wanted(live, options, env):
    terminal = Terminal(80)
    start(live, terminal, *options, **env)
    live.wait_ready()
    terminal.wait_for(shows_view)
    finish(live, terminal)

    assert b"\x1b[32m" not in terminal.read
    assert "━".encode() in terminal.read


def test_view_is_ascii_where_the_encoding_is_narrow(live):
    terminal = Terminal(80)
    start(live, terminal, PYTHONIOENCODING="ascii")
    live.wait_ready()
    terminal.wait_for(shows_view)
    finish(live, terminal)

    assert terminal.read.isascii()
    assert re.search(rb"phase 2 of 4 \S*#+", terminal.read)


@pytest.mark.parametrize("test", ["test_waits", "test_alone"])
def test_interrupted_run_leaves_nothing_of_the_view(live, test):
    terminal = Terminal(80)
    start(live, terminal)
    live.wait_ready()
    terminal.wait_for(shows_view)
    if test == "test_alone":
        live.say()
        live.wait_ready()
        terminal.wait_for(
            lambda rows: any(row.endswith("::test_alone") for row in rows)
        )

    live.process.send_signal(signal.SIGINT)

    live.finish()
    rows = terminal.finish()
    assert [row for row in rows if "KeyboardInterrupt" in row or "no tests" in row]
    assert not [row for row in rows if "━" in row or re.match(r" +\d:\d\d  ", row)]


def test_debugger_has_the_terminal_for_itself(live):
    terminal = Terminal(80)
    suite = """
        def test_debugged():
            ready()
            breakpoint()
    """
    live.start(
        suite,
        "--phase-live=on",
        stdin=terminal.end,
        stdout=terminal.end,
        stderr=terminal.end,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )
    live.wait_ready()
    rows = terminal.wait_for(lambda rows: "(Pdb)" in rows)
    assert not [row for row in rows if row.startswith("phase ")]

    os.write(terminal._ours, b"c\n")

    live.finish()
    assert [row for row in terminal.finish() if "1 passed" in row]


# When there is one


class FakeConfig:
    """Knows a command line."""

    def __init__(self, *, capture: str = "fd", verbosity: int = 0) -> None:
        self._capture = capture
        self._verbosity = verbosity

    def getoption(self, name: str, default: str = "") -> str:
        return {"capture": self._capture}.get(name, default)

    def get_verbosity(self) -> int:
        return self._verbosity


class OtherReporter(pytest.TerminalReporter):
    """As another plugin may have."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


def shown(
    live: Live = Live.AUTO,
    reporter: type[pytest.TerminalReporter] = pytest.TerminalReporter,
    isatty: bool = True,
    **options: Any,
) -> bool:
    """Ask whether there is a view."""
    terminal = object.__new__(reporter)
    terminal.isatty = isatty  # type: ignore[assignment]
    config: Any = FakeConfig(**options)
    return is_shown(config, Settings(live=live), terminal)


def test_view_is_shown_on_a_terminal():
    assert shown()
    assert shown(verbosity=2)


@pytest.mark.parametrize("live", [Live.AUTO, Live.ON])
@pytest.mark.parametrize(
    "options", [{"isatty": False}, {"capture": "no"}, {"capture": "tee-sys"}]
)
def test_view_is_never_shown_where_it_cannot_be(live, options):
    assert not shown(live, **options)


@pytest.mark.parametrize("live", [Live.AUTO, Live.ON])
def test_dumb_terminal_has_no_view(monkeypatch, live):
    monkeypatch.setenv("TERM", "dumb")

    assert not shown(live)


def test_off_is_off():
    assert not shown(Live.OFF)


@pytest.mark.parametrize("name", ["CI", "BUILD_NUMBER"])
def test_only_on_shows_it_in_ci(monkeypatch, name):
    monkeypatch.setenv(name, "true")

    assert not shown()
    assert shown(Live.ON)


@pytest.mark.parametrize("options", [{"verbosity": -1}, {"reporter": OtherReporter}])
def test_only_on_shows_it_where_it_is_not_expected(options):
    assert not shown(**options)
    assert shown(Live.ON, **options)


def test_without_a_terminal_reporter_there_is_no_screen():
    plugins = SimpleNamespace(hasplugin=lambda name: False)
    config: Any = SimpleNamespace(pluginmanager=plugins)

    assert find_screen(config) is None
