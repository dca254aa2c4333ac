"""Parameters of wide fixtures: one at a time, and each for all of its tests."""

from __future__ import annotations

import pytest

from .reading import ONCE


@pytest.mark.parametrize("schedule", ["phase", "graph", "batch"])
@pytest.mark.parametrize("scope", ["session", "package", "module", "class"])
def test_parametrized_wide_fixture_never_has_two_parameters_at_a_time(
    pytester, phaserun, log, scope, schedule
):
    pytester.makepyfile(
        f"""
        import pytest

        up = set()

        @pytest.fixture(scope={scope!r}, params=["a", "b", "c"])
        def wide(request):
            up.add(request.param)
            assert len(up) == 1
            LOG.append(request.param)
            yield request.param
            up.discard(request.param)

        class TestUsers:
            @pytest.mark.parametrize("i", range(4))
            def test_use(self, i, wide):
                assert up == {{wide}}
        """
    )

    result = phaserun("--phase-concurrency=16", f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=12)
    assert sorted(log()) == ["a", "b", "c"]


def test_value_of_the_last_parameter_is_finished_by_one_test(pytester, phaserun):
    pytester.makeconftest(
        """
        import threading

        started = threading.Semaphore(0)

        def pytest_runtest_setup(item):
            if "two" in item.name:
                started.release()
        """
    )
    pytester.makepyfile(
        """
        import threading

        import pytest
        from conftest import started

        made = []
        made_again = threading.Event()

        @pytest.fixture(scope="module", params=["one", "two"])
        def wide(request):
            made.append(request.param)
            if request.param == "two":
                made_again.set()
            yield request.param
            if request.param == "one":
                # Both of the others are on their way here.
                assert started.acquire(timeout=10) and started.acquire(timeout=10)
                assert not made_again.wait(0.3)

        @pytest.fixture(scope="module")
        def built_of_it(wide):
            made.append(f"of {wide}")

        @pytest.mark.parametrize("i", range(2))
        def test_it(i, built_of_it): ...

        @pytest.mark.depends_on("test_it")
        def test_all():
            assert made == ["one", "of one", "two", "of two"]
        """
    )

    result = phaserun(ONCE)

    result.assert_outcomes(passed=5)


def test_tests_with_one_parameter_of_a_wide_fixture_overlap(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.fixture(scope="module", params=["a", "b"])
        def wide(request):
            return request.param

        @pytest.mark.parametrize("i", range(2))
        def test_pair(i, wide):
            both.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=4)


def test_parameters_of_different_modules_overlap(pytester, phaserun):
    pytester.makeconftest(
        """
        import builtins
        import threading
        import pytest

        builtins.both = threading.Barrier(2)

        @pytest.fixture(scope="module", params=["x"])
        def wide(request):
            return request.param
        """
    )
    pytester.makepyfile(
        test_a="def test_a(wide): both.wait(10)",
        test_b="def test_b(wide): both.wait(10)",
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=2)


def test_wide_parameters_given_by_a_mark_are_kept_apart(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        up = set()

        @pytest.fixture
        def wide(request):
            up.add(request.param)
            yield request.param
            up.discard(request.param)

        @pytest.mark.parametrize("wide", [[1], [2]], indirect=True, scope="module")
        @pytest.mark.parametrize("i", range(3))
        def test_one(i, wide): ...
        """.replace("up.add(request.param)", "up.add(str(request.param))").replace(
            "up.discard(request.param)",
            "up.discard(str(request.param))\n            assert not up",
        )
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=6)
