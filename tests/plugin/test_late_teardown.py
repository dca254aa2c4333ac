"""What is taken down in the main thread, when no test is left to do it, has a limit."""

from __future__ import annotations

import pytest

SUITE = """
    import time
    import pytest

    @pytest.fixture(scope="session")
    def first(request):
        yield
        request.config.pluginmanager.getplugin("terminalreporter").write_line("first")

    @pytest.fixture(scope="session")
    def wide(first):
        yield
        while True:
            time.sleep(0.01)

    def test_fails(wide): assert 0

    @pytest.mark.exclusive
    @pytest.mark.depends_on("test_fails")
    def test_blocked(wide): ...
"""


def test_teardown_that_hangs_after_the_last_test_is_an_error(pytester, phaserun):
    pytester.makepyfile(test_it=SUITE)

    result = phaserun.apart("--phase-timeout=0.5", "--phase-confirm=off")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, skipped=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*first",
            "_* ERROR at teardown of test_fails _*",
            "A teardown after the last test that needed it took more than 0.5 s",
            "Stack of the main thread when its time was up:",
            "*, in wide",
        ]
    )
    result.stdout.no_fnmatch_line("*TimeoutInterrupt*")
