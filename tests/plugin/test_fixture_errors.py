"""Fixtures that fail, skip or are taken down early, beside other tests."""

from __future__ import annotations

import pytest

from .reading import ONCE


@pytest.mark.parametrize("scope", ["session", "module", "class"])
def test_error_of_a_wide_fixture_is_an_error_for_all_its_users(
    pytester, phaserun, log, scope
):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def broken():
            LOG.append("tried")
            raise ValueError("no luck")

        class TestUsers:
            @pytest.mark.parametrize("i", range(8))
            def test_one(self, i, broken): ...
        """
    )

    result = phaserun("--phase-concurrency=8", ONCE)

    result.assert_outcomes(errors=8)
    assert log() == ["tried"]
    assert result.stdout.lines.count("E       ValueError: no luck") == 8


def test_skip_in_a_wide_fixture_skips_all_its_users(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def absent():
            pytest.skip("not here")

        @pytest.mark.parametrize("i", range(8))
        def test_one(i, absent): ...
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(skipped=8)


@pytest.mark.parametrize("scope", ["function", "class", "module", "session"])
def test_teardown_error_is_reported_once(pytester, phaserun, scope):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def bad():
            yield
            raise ValueError("does not go down")

        class TestUsers:
            def test_one(self, bad): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "_* ERROR at teardown of TestUsers.test_one _*",
            "E *ValueError: does not go down",
        ]
    )


def test_teardown_goes_on_after_an_error(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session")
        def outer():
            yield
            LOG.append("outer down")

        @pytest.fixture
        def inner(outer):
            yield
            raise ValueError

        def test_one(inner): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    assert log() == ["outer down"]


def test_several_teardown_errors_are_a_group(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def one():
            yield
            raise ValueError("first")

        @pytest.fixture
        def two():
            yield
            raise ValueError("second")

        def test_one(one, two): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines_random(["*ValueError: first", "*ValueError: second"])


@pytest.mark.parametrize("option", ["-x", "--maxfail=2"])
def test_stopped_run_takes_everything_down(pytester, phaserun, log, option):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def run():
            yield
            LOG.append("run down")

        @pytest.fixture(scope="module", autouse=True)
        def module():
            yield
            LOG.append("module down")

        @pytest.fixture(scope="class", autouse=True)
        def cls():
            yield
            LOG.append("class down")

        class TestAll:
            @pytest.mark.parametrize("i", range(20))
            def test_one(self, i):
                assert False
        """
    )

    phaserun(option)

    assert log() == ["class down", "module down", "run down"]
