"""Ways to end a run while eight tests are running: all of them are taken down."""

from __future__ import annotations

import pytest

from .reading import order

#: Set when the main thread hears of the test that ends the run: from before that on
#: nothing more starts.
STOPPED = """
    import threading

    stopped = threading.Event()
"""

CONFTEST = """
    from stopping import stopped

    def pytest_runtest_logstart(nodeid):
        if nodeid.endswith("[3]"):
            stopped.set()
"""

ENDING = """
    from stopping import stopped

    down = []

    @pytest.fixture(scope="session", autouse=True)
    def all_down(request):
        yield
        assert sorted(down) == list(range(8))
        terminal = request.config.pluginmanager.getplugin("terminalreporter")
        terminal.write_line("all eight were taken down")

    @pytest.fixture
    def own(n):
        yield
        down.append(n)

    @pytest.mark.parametrize("n", range(24))
    def test_it(n, own):
        meet()
        if n == 3:
            {end}
        else:
            assert stopped.wait(20)
"""


@pytest.fixture
def ending(pytester, eight):
    """Run tests of which one ends the run while seven others are in their tests."""

    def run(end, *arguments):
        pytester.makepyfile(stopping=STOPPED)
        pytester.makeconftest(CONFTEST)
        return eight(ENDING.format(end=end), *arguments)

    return run


@pytest.mark.parametrize(
    ("end", "code", "line"),
    [
        ("pytest.exit('enough', returncode=42)", 42, "!* *.Exit: enough !*"),
        ("raise KeyboardInterrupt", 2, "!* KeyboardInterrupt !*"),
    ],
    ids=["exit", "KeyboardInterrupt"],
)
def test_run_that_a_test_ends_takes_running_tests_down(ending, end, code, line):
    result = ending(end, "-v")

    assert result.ret == code
    result.stdout.fnmatch_lines(["*all eight were taken down*"])
    result.stdout.fnmatch_lines([line])
    assert sorted(order(result)) == [f"test_it[{n}]" for n in range(8) if n != 3]


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_last_failure_that_is_allowed_takes_running_tests_down(ending, option):
    result = ending("assert False", option)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(["*all eight were taken down*"])
    result.stdout.fnmatch_lines(["!* stopping after 1 failures !*"])
