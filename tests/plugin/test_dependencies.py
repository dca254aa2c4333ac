"""In which order tests run that depend on others, and how many at once."""

from __future__ import annotations

import pytest

from .reading import order

every_concurrency = pytest.mark.parametrize("at_once", [1, 4, 16])
every_schedule = pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])


@every_concurrency
@every_schedule
def test_dependents_start_after_their_dependencies_have_ended(
    pytester, phaserun, at_once, schedule
):
    # A diamond of three layers, eight wide, each defined before what it depends on.
    pytester.makepyfile(
        """
        import pytest

        ended = set()

        @pytest.fixture
        def marks_its_end(request):
            yield
            ended.add(request.node.name)

        @pytest.mark.depends_on("test_middle")
        @pytest.mark.parametrize("i", range(8))
        def test_last(i, marks_its_end):
            assert {f"test_middle[{i}]" for i in range(8)} <= ended

        @pytest.mark.depends_on("test_first")
        @pytest.mark.parametrize("i", range(8))
        def test_middle(i, marks_its_end):
            assert {f"test_first[{i}]" for i in range(8)} <= ended

        @pytest.mark.parametrize("i", range(8))
        def test_first(i, marks_its_end): ...
        """
    )

    result = phaserun(f"--phase-concurrency={at_once}", f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=24)
    result.stdout.fnmatch_lines(["phaserun: 24 tests in 3 phases"])


def test_dependency_in_a_later_file_runs_first(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.mark.depends_on("prepare")
        def test_use(): ...
        """,
        test_b="""
        import pytest

        @pytest.mark.task("prepare")
        def test_prepare(): ...
        """,
    )

    result = phaserun("-v")

    assert order(result) == ["test_prepare", "test_use"]


def test_phase_waits_for_the_whole_phase_before(pytester, phaserun):
    # Only the barrier keeps test_behind_quick waiting for test_slow.
    pytester.makepyfile(
        """
        import threading
        import pytest

        slow_may_end = threading.Event()

        def test_slow():
            assert not slow_may_end.wait(0.2)

        def test_quick(): ...

        @pytest.mark.depends_on("test_quick")
        def test_behind_quick():
            slow_may_end.set()
        """
    )

    result = phaserun("--phase-schedule=phase")

    result.assert_outcomes(passed=3)


def test_graph_knows_no_barriers(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        slow_may_end = threading.Event()

        def test_slow():
            assert slow_may_end.wait(10)

        def test_quick(): ...

        @pytest.mark.depends_on("test_quick")
        def test_behind_quick():
            slow_may_end.set()
        """
    )

    result = phaserun("--phase-schedule=graph")

    result.assert_outcomes(passed=3)


def test_phase_refills_a_free_place_at_once(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading

        third_runs = threading.Event()

        def test_first():
            assert third_runs.wait(10)

        def test_second(): ...

        def test_third():
            third_runs.set()
        """
    )

    result = phaserun("--phase-concurrency=2", "--phase-schedule=phase")

    result.assert_outcomes(passed=3)


def test_batch_opens_the_next_slice_when_the_last_of_this_one_has_ended(
    pytester, phaserun
):
    pytester.makepyfile(
        """
        import threading

        third_runs = threading.Event()

        def test_first():
            assert not third_runs.wait(0.2)

        def test_second(): ...

        def test_third():
            third_runs.set()
        """
    )

    result = phaserun("--phase-concurrency=2", "--phase-schedule=batch")

    result.assert_outcomes(passed=3)


def test_as_many_run_at_once_as_asked_for_and_no_more(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_five = threading.Barrier(5)
        running = set()

        @pytest.mark.parametrize("i", range(20))
        def test_one_of_five(i):
            running.add(i)
            assert len(running) <= 5
            all_five.wait(10)
            running.discard(i)
            all_five.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=5")

    result.assert_outcomes(passed=20)


def test_auto_runs_one_test_per_core(phaserun, pytester, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("--phase-concurrency=auto")

    result.stdout.fnmatch_lines(["phaserun: 3 at once, *"])
