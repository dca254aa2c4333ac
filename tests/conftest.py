"""What the tests have in common: a plain terminal, and inner runs of pytest."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

pytest_plugins = ["pytester"]

#: What would change the output or the plugins of an inner run.
UNWANTED = (
    "CI",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "NO_COLOR",
    "PHASERUN",
    "PYTEST_ADDOPTS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "PYTEST_PLUGINS",
    "PY_COLORS",
)

#: Plugins of the test environment that would add to the output of an inner run.
OTHER_PLUGINS = (
    "aiohttp",
    "anyio",
    "asyncio",
    "depend_on",
    "dependency",
    "depends",
    "hypothesispytest",
    "pytest_order",
    "randomly",
    "rerunfailures",
    "timeout",
    "trio",
    "xdist",
    "xdist.looponfail",
)

#: Seconds after which an inner run is taken for a hung one.
PATIENCE = 60


def pytest_configure() -> None:
    """Take back that shells let what runs in the background ignore some signals.

    Whatever tests start would ignore them as well.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    quit = getattr(signal, "SIGQUIT", None)
    if quit is not None and signal.getsignal(quit) is signal.SIG_IGN:
        signal.signal(quit, signal.SIG_DFL)


@pytest.fixture
def pytester(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Run pytest in an environment that adds nothing to its output."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in UNWANTED:
        monkeypatch.delenv(name, raising=False)
    return pytester


class InnerRun:
    """Runs the suite that a test has written; no other plugins are loaded.

    Called, it runs with phases in this process, which is quick. What leaves threads
    behind, prints to file descriptors or ends the process needs ``apart``.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def __call__(self, *arguments: object) -> pytest.RunResult:
        return self._run("--disable-plugin-autoload", "-p", "phaserun", *arguments)

    def apart(self, *arguments: object) -> pytest.RunResult:
        """Run with phases in a process of its own."""
        return self._run_apart(
            "--disable-plugin-autoload", "-p", "phaserun", *arguments
        )

    def plain(self, *arguments: object) -> pytest.RunResult:
        """Run in this process without the plugin."""
        return self._run("--disable-plugin-autoload", *arguments)

    def installed(self, *arguments: object) -> pytest.RunResult:
        """Run in this process with the plugin found, but not asked for."""
        return self._run(*_without_others(), *arguments)

    def installed_apart(self, *arguments: object) -> pytest.RunResult:
        """Run in a process of its own with the plugin found, but not asked for."""
        return self._run_apart(*_without_others(), *arguments)

    def _run(self, *arguments: object) -> pytest.RunResult:
        with _time_limit(PATIENCE):
            return self._pytester.runpytest_inprocess(
                *map(str, arguments), no_reraise_ctrlc=True
            )

    def _run_apart(self, *arguments: object) -> pytest.RunResult:
        return self._pytester.runpytest_subprocess(
            *map(str, arguments), timeout=PATIENCE
        )


@pytest.fixture
def phaserun(pytester: pytest.Pytester) -> InnerRun:
    """Run the suite in ``pytester.path`` with phases."""
    return InnerRun(pytester)


def _without_others() -> Iterator[str]:
    return (f"-pno:{name}" for name in OTHER_PLUGINS)


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Interrupt the main thread, so that a deadlock fails one test and no more."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the inner run took more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
