"""What becomes of tests when what they depend on did not pass."""

from __future__ import annotations

import pytest

from .reading import skip_reasons

every_concurrency = pytest.mark.parametrize("at_once", [1, 4, 16])
every_schedule = pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])

CHAIN = """
    import pytest

    @pytest.fixture
    def costly():
        raise RuntimeError("a fixture of a blocked test was set up")

    def test_db():
        assert False

    @pytest.mark.depends_on("test_db")
    def test_login(costly): ...

    @pytest.mark.depends_on("test_login")
    def test_cart(costly): ...

    @pytest.mark.depends_on("test_cart")
    def test_order(costly): ...
"""


@every_concurrency
@every_schedule
def test_failure_blocks_the_whole_chain_with_its_root_cause(
    pytester, phaserun, at_once, schedule
):
    pytester.makepyfile(test_shop=CHAIN)

    result = phaserun(
        "-rs",
        f"--phase-concurrency={at_once}",
        f"--phase-schedule={schedule}",
    )

    result.assert_outcomes(failed=1, skipped=3)
    assert skip_reasons(result) == [
        "depends on test_shop.py::test_db (failed)",
        "depends on test_shop.py::test_login, "
        "blocked by test_shop.py::test_db (failed)",
        "depends on test_shop.py::test_cart, blocked by test_shop.py::test_db (failed)",
    ]


def test_blocked_test_is_shown_where_it_stands(pytester, phaserun):
    pytester.makepyfile(test_shop=CHAIN)

    result = phaserun("-rs")

    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] test_shop.py:10: depends on *"])


@pytest.mark.parametrize(
    ("dependency", "reason"),
    [
        ("def test_db(): assert False", "failed"),
        ("def test_db(nonsense): ...", "error in setup"),
        ("@pytest.mark.skip\ndef test_db(): ...", "skipped"),
        ("def test_db(): pytest.skip('today')", "skipped"),
        ("@pytest.mark.xfail\ndef test_db(): assert False", "xfailed"),
        ("@pytest.mark.xfail(run=False)\ndef test_db(): ...", "xfailed"),
        ("@pytest.mark.xfail(strict=True)\ndef test_db(): ...", "failed"),
        ("def test_db(bad_teardown): ...", "error in teardown"),
        ("@pytest.mark.exclusive\ndef test_db(): assert False", "failed"),
        ("@pytest.mark.exclusive\ndef test_db(nonsense): ...", "error in setup"),
        ("@pytest.mark.exclusive\ndef test_db(): pytest.skip('today')", "skipped"),
    ],
)
def test_dependency_that_did_not_pass_blocks(pytester, phaserun, dependency, reason):
    pytester.makepyfile(
        test_shop=f"""
import pytest

@pytest.fixture
def bad_teardown():
    yield
    raise RuntimeError

{dependency}

@pytest.mark.depends_on("test_db")
def test_login():
    raise RuntimeError("ran although its dependency did not pass")
"""
    )

    result = phaserun("-rs")

    assert f"depends on test_shop.py::test_db ({reason})" in skip_reasons(result)


def test_unexpected_pass_satisfies(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.xfail
        def test_db(): ...

        @pytest.mark.depends_on("test_db")
        def test_login(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, xpassed=1)


def test_one_failed_dependency_of_several_blocks(pytester, phaserun):
    pytester.makepyfile(
        test_shop="""
        import pytest

        def test_good(): ...

        def test_bad():
            assert False

        @pytest.mark.depends_on("test_good", "test_bad")
        def test_both(): ...
        """
    )

    result = phaserun("-rs")

    assert skip_reasons(result) == ["depends on test_shop.py::test_bad (failed)"]


def test_independent_tests_run_on_after_a_failure(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_bad():
            assert False

        def test_good(): ...

        @pytest.mark.depends_on("test_good")
        def test_behind_good(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(failed=1, passed=2)


def test_chain_of_thousands_is_blocked_without_recursion(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def links():
            for i in range(1, 2000):
                mark = pytest.mark.depends_on(f"test_link[{i - 1}]")
                yield pytest.param(i, marks=mark)

        @pytest.mark.parametrize("i", [0, *links()])
        def test_link(i):
            assert False
        """
    )

    result = phaserun("-q")

    result.assert_outcomes(failed=1, skipped=1999)


def test_run_does_not_end_while_it_is_decided_what_comes_next(pytester, phaserun):
    # Between the end of a test and the opening of the next phase nothing runs and
    # nothing is open. Made longer, that is when the main thread has reported a test.
    pytester.makeconftest(
        """
        import threading
        from pytest_phaserun.dispatch import Dispatcher

        open_more = Dispatcher._open_more

        def open_more_slowly(self):
            threading.Event().wait(0.05)
            open_more(self)

        Dispatcher._open_more = open_more_slowly

        def pytest_unconfigure():
            Dispatcher._open_more = open_more
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_first(): ...

        @pytest.mark.depends_on("test_first")
        def test_second(): ...

        @pytest.mark.depends_on("test_second")
        def test_last(): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=3)
