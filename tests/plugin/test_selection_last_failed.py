"""What ``--lf`` runs: what failed, what was blocked by that, and what they need."""

from __future__ import annotations

import json

import pytest

from .reading import order, skip_reasons

BROKEN = "def test_first(): assert False"
REPAIRED = "def test_first(): ..."
OTHERS = """
    import pytest

    @pytest.mark.depends_on("test_first")
    def test_second(): ...

    @pytest.mark.depends_on("test_second")
    def test_third(): ...

    def test_other(): ...
"""


def read_last_failed(pytester: pytest.Pytester) -> list[str]:
    """Return what the next run with ``--lf`` is to run."""
    path = pytester.path / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(path.read_text(encoding="utf-8")))


def forget_durations(pytester: pytest.Pytester) -> None:
    """Let nothing but pytest's own order tell tests of one phase apart."""
    (pytester.path / ".pytest_cache" / "v" / "phaserun" / "durations").unlink()


@pytest.fixture
def broken(pytester, phaserun):
    """Let a test fail on which others depend, in another file."""
    pytester.makepyfile(test_a=BROKEN, test_b=OTHERS)
    phaserun().assert_outcomes(failed=1, passed=1, skipped=2)
    return pytester


def test_blocked_tests_are_kept_with_the_one_that_failed(broken):
    assert read_last_failed(broken) == [
        "test_a.py::test_first",
        "test_b.py::test_second",
        "test_b.py::test_third",
    ]


def test_blocked_tests_run_again_with_the_one_that_failed(broken, phaserun):
    result = phaserun("-rs", "--lf")

    assert skip_reasons(result) == [
        "depends on test_a.py::test_first (failed)",
        "depends on test_b.py::test_second, blocked by test_a.py::test_first (failed)",
    ]
    result.assert_outcomes(failed=1, skipped=2, deselected=0)


def test_blocked_tests_are_kept_for_as_long_as_it_fails(broken, phaserun):
    phaserun("--lf")

    assert len(read_last_failed(broken)) == 3


def test_repaired_the_whole_chain_runs_and_nothing_is_left(broken, phaserun):
    broken.makepyfile(test_a=REPAIRED)

    result = phaserun("-v", "--lf")

    assert order(result) == ["test_first", "test_second", "test_third"]
    assert read_last_failed(broken) == []


def test_in_a_serial_run_blocked_tests_are_kept_too(broken, phaserun):
    phaserun("--phase-concurrency=1")

    assert len(read_last_failed(broken)) == 3


def test_tests_that_wait_for_a_skipped_one_are_not_kept(pytester, phaserun):
    pytester.makepyfile(
        test_a="import pytest\n@pytest.mark.skip\n" + REPAIRED, test_b=OTHERS
    )

    phaserun().assert_outcomes(passed=1, skipped=3)

    assert not (pytester.path / ".pytest_cache/v/cache/lastfailed").exists()


def test_tests_that_wait_for_a_failure_which_did_not_come_are_not_kept(
    pytester, phaserun
):
    pytester.makepyfile(
        test_a=REPAIRED,
        test_b="""
        import pytest

        @pytest.mark.depends_on("test_first", when="failed")
        def test_second(): ...

        def test_other(): assert False
        """,
    )

    phaserun().assert_outcomes(passed=1, failed=1, skipped=1)

    assert read_last_failed(pytester) == ["test_b.py::test_other"]


def test_repair_after_a_failure_needs_its_prerequisite_again(pytester, phaserun):
    pytester.makepyfile(
        test_a=BROKEN,
        test_b="""
        import pytest

        @pytest.mark.depends_on("test_first", when="failed")
        def test_second(): assert False
        """,
    )
    phaserun().assert_outcomes(failed=2)
    pytester.makepyfile(test_a=REPAIRED)

    phaserun("--lf").assert_outcomes(passed=1, skipped=1)

    assert read_last_failed(pytester) == ["test_b.py::test_second"]


def test_test_that_failed_and_did_not_get_its_turn_is_kept(pytester, phaserun):
    pytester.makepyfile(
        test_a=REPAIRED,
        test_b="""
        import pytest

        @pytest.mark.depends_on("test_first")
        def test_second(): assert False
        """,
    )
    phaserun()
    pytester.makepyfile(test_a="import pytest\n@pytest.mark.skip\n" + REPAIRED)

    phaserun().assert_outcomes(skipped=2)

    assert read_last_failed(pytester) == ["test_b.py::test_second"]


def test_prerequisites_are_pulled_in_from_files_that_were_passed_over(
    pytester, phaserun
):
    pytester.makepyfile(
        test_a=REPAIRED,
        test_b="""
        import pytest

        @pytest.mark.depends_on("test_first")
        def test_second(): assert False
        """,
        test_c="def test_c(): ...",
    )
    phaserun()

    result = phaserun("-v", "--lf")

    assert order(result) == ["test_first", "test_second"]
    result.stdout.fnmatch_lines(
        [
            "*collected 2 items",
            "run-last-failure: rerun previous 1 failure (skipped 2 files)",
            "phaserun: 2 tests in 2 phases, "
            "1 prerequisite pulled in from 1 file that was not named",
        ]
    )
    result.assert_outcomes(passed=1, failed=1, deselected=0)


def test_prerequisites_are_found_after_those_of_one_file_have_failed(
    pytester, phaserun
):
    pytester.makepyfile(
        test_a="""
        import pytest

        def test_zero(): ...

        @pytest.mark.depends_on("test_zero", "test_first")
        def test_second(): assert False
        """,
        test_b=REPAIRED,
    )
    phaserun()

    result = phaserun("-v", "--lf")

    assert sorted(order(result)) == ["test_first", "test_second", "test_zero"]


def test_failed_first_keeps_its_order_inside_a_phase(pytester, phaserun):
    pytester.makepyfile(
        """
        def test_a(): ...
        def test_b(): ...
        def test_c(): assert False
        """
    )
    phaserun()
    forget_durations(pytester)

    result = phaserun("-v", "--ff", "--phase-concurrency=1")

    assert order(result) == ["test_c", "test_a", "test_b"]


def test_new_first_keeps_its_order_inside_a_phase(pytester, phaserun):
    pytester.makepyfile(test_a="def test_a(): ...")
    phaserun()
    pytester.makepyfile(test_b="def test_b(): ...")
    forget_durations(pytester)

    result = phaserun("-v", "--nf", "--phase-concurrency=1")

    assert order(result) == ["test_b", "test_a"]


def test_stepwise_goes_on_with_what_failed_and_what_it_needs(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        def test_a(): ...

        def test_b(): ...

        @pytest.mark.depends_on("test_a")
        def test_c(): assert False

        def test_d(): ...
        """
    )
    phaserun("--sw")

    result = phaserun("-v", "--sw")

    assert set(order(result)) == {"test_a", "test_c", "test_d"}


def test_without_the_cache_nothing_is_kept(pytester, phaserun):
    pytester.makepyfile(test_a=BROKEN, test_b=OTHERS)

    phaserun("-p", "no:cacheprovider").assert_outcomes(failed=1, passed=1, skipped=2)

    assert not (pytester.path / ".pytest_cache").exists()
