"""While somebody debugs, nothing times out."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Takes longer than it may.
SLOW = """
    import time
    import pytest

    @pytest.mark.task(timeout=0.1)
    def test_slow():
        time.sleep(0.5)
        for _ in range(3):
            pass
"""

#: What a debugger does when it is attached, and what something else does.
TRACE = """
    import sys

    def trace(frame, event, argument): ...

    trace.__module__ = {module!r}
    sys.settrace(trace)
"""


def test_option_pdb_means_no_limits(pytester, phaserun):
    pytester.makepyfile(SLOW)

    result = phaserun("--pdb", "--phase-deadline=0.2")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["phaserun: *, no timeout because of --pdb"])


@pytest.mark.parametrize(
    "module", ["_pydevd_bundle.pydevd_cython", "debugpy.server", "bdb"]
)
def test_debugger_that_is_attached_means_no_limits(pytester, phaserun, module):
    pytester.makeconftest(TRACE.format(module=module))
    pytester.makepyfile(SLOW)

    result = phaserun.apart("--phase-deadline=0.2")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["phaserun: *, no timeout because of a debugger"])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no sys.monitoring")
def test_debugger_that_monitors_means_no_limits(pytester, phaserun):
    pytester.makeconftest(
        """
        import sys

        sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "some debugger")
        """
    )
    pytester.makepyfile(SLOW)

    result = phaserun.apart()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["phaserun: *, no timeout because of a debugger"])


def test_coverage_is_no_debugger(pytester, phaserun):
    pytester.makeconftest(TRACE.format(module="coverage.pytracer"))
    pytester.makepyfile(SLOW)

    result = phaserun.apart()

    assert result.parseoutcomes() == {"timeout": 1}
    result.stdout.fnmatch_lines(["phaserun: *, timeout 300 s"])


@pytest.mark.parametrize(
    "breaks",
    ["breakpoint()", "import pdb; pdb.set_trace()", "pytest.set_trace()"],
)
def test_breakpoint_stops_the_clock_until_the_test_goes_on(live, breaks):
    live.start(
        f"""
    @pytest.mark.task(timeout=0.3)
    def test_breaks():
        ready("a" if threading.current_thread() is threading.main_thread() else "b")
        {breaks}
        ready("c")
        while True:
            time.sleep(0.01)
    """,
        "--phase-deadline=1.5",
        stdin=subprocess.PIPE,
    )
    live.wait_ready("a")

    # Longer than the test and the run may take.
    output = live.finish("p 'prompt is there'\np time.sleep(2)\ncontinue\n")

    live.wait_ready("c")
    assert "'prompt is there'" in output
    assert "Timed out after 0.3 s in call" in output
    assert "= 1 timeout in " in output


def test_end_of_the_input_of_a_debugger_brings_the_limits_back(live):
    live.start(
        """
    def test_breaks():
        breakpoint()

    @pytest.mark.exclusive
    @pytest.mark.task(timeout=0.2)
    def test_hangs():
        while True:
            time.sleep(0.01)
    """,
        stdin=subprocess.DEVNULL,
    )

    output = live.finish()

    assert "Timed out after 0.2 s in call" in output
