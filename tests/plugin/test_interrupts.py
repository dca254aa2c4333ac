"""What ends a run from inside a test: the same as with plain pytest."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from .reading import order

alone_or_not = pytest.mark.parametrize(
    "mark", ["", "@pytest.mark.exclusive"], ids=["beside others", "alone"]
)

ENDS = {
    "KeyboardInterrupt": (
        "raise KeyboardInterrupt",
        pytest.ExitCode.INTERRUPTED,
        "!* KeyboardInterrupt !*",
    ),
    "exit": ("pytest.exit('enough')", pytest.ExitCode.INTERRUPTED, "!* enough !*"),
    "exit with a code": (
        "pytest.exit('enough', returncode=42)",
        42,
        "!* enough !*",
    ),
}


@alone_or_not
@pytest.mark.parametrize(("action", "code", "line"), ENDS.values(), ids=ENDS)
def test_interrupt_from_a_test_ends_the_run_as_without_phases(
    pytester, phaserun, mark, action, code, line
):
    pytester.makepyfile(
        f"""
        import pytest

        {mark}
        def test_ends():
            {action}
        """
    )

    result = phaserun()

    assert result.ret == code
    result.stdout.fnmatch_lines([line.replace("enough", "*Exit: enough")])


@alone_or_not
@pytest.mark.parametrize("stage", ["setup", "teardown"])
def test_interrupt_from_a_fixture_ends_the_run(pytester, phaserun, mark, stage):
    before, after = (
        ("raise KeyboardInterrupt", "")
        if stage == "setup"
        else ("", "raise KeyboardInterrupt")
    )
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture
        def ends():
            {before}
            yield
            {after}

        {mark}
        def test_ends(ends): ...
        """
    )

    result = phaserun()

    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_nothing_starts_after_an_interrupt(pytester, phaserun):
    # Both places are taken until the interrupt is known for sure.
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        def test_beside():
            both.wait(10)
            threading.Event().wait(0.5)

        def test_ends():
            both.wait(10)
            raise KeyboardInterrupt

        @pytest.mark.parametrize("i", range(10))
        def test_never_started(i): ...

        @pytest.mark.exclusive
        def test_never_started_alone(): ...
        """
    )

    result = phaserun("-v", "--phase-concurrency=2")

    assert order(result) == ["test_beside"]
    result.stdout.re_match_lines([r"phaserun: .*, 11 tests not run"])


def test_running_tests_end_and_are_reported_after_an_interrupt(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading

        both = threading.Barrier(2)

        def test_ends():
            both.wait(10)
            raise KeyboardInterrupt

        def test_beside():
            both.wait(10)
            threading.Event().wait(0.1)
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_beside"]
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_interrupt_takes_everything_down(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def wide(request):
            yield
            request.config.pluginmanager.getplugin("terminalreporter").write_line(
                "taken down"
            )

        def test_ends():
            raise KeyboardInterrupt
        """
    )

    result = phaserun()

    result.stdout.fnmatch_lines(["*taken down*"])


def test_interrupt_of_a_run_with_a_hung_test_ends_after_the_grace(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import time

        both = threading.Barrier(2)

        def test_hangs():
            both.wait(10)
            time.sleep(8)

        def test_ends():
            both.wait(10)
            raise KeyboardInterrupt
        """
    )

    result = phaserun.apart("-v", "--phase-grace=0.2")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert order(result) == []


@alone_or_not
def test_system_exit_in_a_test_is_its_failure_as_without_phases(
    pytester, phaserun, mark
):
    pytester.makepyfile(
        f"""
        import pytest

        {mark}
        def test_exits():
            raise SystemExit(3)

        def test_good(): ...
        """
    )

    result = phaserun()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E *SystemExit: 3"])


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_signal_of_the_keyboard_ends_the_run(pytester):
    pytester.makepyfile(
        """
        import threading

        def test_waits():
            print("started", flush=True)
            threading.Event().wait(0.5)

        def test_waits_too():
            threading.Event().wait(0.5)

        def test_never_started(): ...
        """
    )
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-s"]
    options = ["-p", "phaserun", "--phase-concurrency=1"]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, cwd=pytester.path, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "started" in line:
            break

    process.send_signal(signal.SIGINT)

    output, _ = process.communicate(timeout=30)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in output


def test_error_inside_a_hook_is_an_internal_error(pytester, phaserun):
    pytester.makeconftest(
        """
        def pytest_runtest_logreport(report):
            raise RuntimeError("a broken plugin")
        """
    )
    pytester.makepyfile("def test_one(): ...\ndef test_two(): ...")

    result = phaserun()

    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["INTERNALERROR> RuntimeError: a broken plugin"])


def test_error_inside_a_hook_on_a_worker_is_an_internal_error(pytester, phaserun):
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            raise RuntimeError("a broken plugin")
        """
    )
    pytester.makepyfile("def test_one(): ...\ndef test_two(): ...")

    result = phaserun()

    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["INTERNALERROR> RuntimeError: a broken plugin"])
