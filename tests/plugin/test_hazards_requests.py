"""Eight tests at once that ask for fixtures and marks while they run.

What is not known before a test runs cannot be prepared for it. Every inner test meets
the seven others before and after it asks.
"""

from __future__ import annotations

import pytest

from .meeting import EightAtOnce


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


# Fixtures that are asked for while tests run


def test_pytests_own_fixtures_can_be_asked_for_by_eight_running_tests(at_once):
    # Hazard: what is asked for late is not known when the test is prepared, and would
    # be the one that captures for the whole process.
    result = at_once(
        """
        import logging
        import sys

        @eight
        def test_it(i, request):
            meet()
            capsys = request.getfixturevalue("capsys")
            caplog = request.getfixturevalue("caplog")
            path = request.getfixturevalue("tmp_path")
            meet()
            print("out", i)
            print("err", i, file=sys.stderr)
            logging.getLogger().warning("log %s", i)
            (path / "file").write_text(str(i))
            meet()
            assert capsys.readouterr() == (f"out {i}\\n", f"err {i}\\n")
            assert caplog.messages == [f"log {i}"]
            assert [each.read_text() for each in path.iterdir()] == [str(i)]
        """
    )

    result.assert_outcomes(passed=8)


def test_fixtures_asked_for_by_fixtures_are_those_of_the_running_test(at_once):
    # Hazard: the lookup at run time finds the definition itself, and with it the value
    # of another test; a wide one would be made several times.
    result = at_once(
        """
        @pytest.fixture(scope="module")
        def wide():
            LOG.append("up")
            yield [0]
            LOG.append("down")

        @pytest.fixture
        def own(request):
            return [request.node.name, request.getfixturevalue("wide")]

        @pytest.fixture
        def asks(request):
            meet()
            yield request.getfixturevalue("own")
            meet()
            assert request.getfixturevalue("own")[0] == request.node.name

        values = []

        @eight
        def test_it(i, asks, request):
            values.append(asks[1])
            meet()
            assert request.getfixturevalue("own") is asks
            assert asks[0] == request.node.name
            assert all(value is values[0] for value in values)
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["up", "down"]


def test_unsafe_fixture_asked_for_while_eight_tests_run_does_no_harm(at_once):
    # Hazard: that a test needs `monkeypatch` is not known before it runs, beside others
    # that patch the same thing.
    result = at_once(
        """
        import meeting

        @eight
        def test_it(i, request):
            LOG.append("alone" if is_main() else "beside")
            if not is_main():
                meet()
            request.getfixturevalue("monkeypatch").setattr(meeting, "WHO", i)
            if not is_main():
                meet()
            assert meeting.WHO == i
        """,
        conftest="""
        import meeting

        meeting.WHO = "nobody"

        def pytest_sessionfinish():
            LOG.append(f"left: {meeting.WHO}")
        """,
        confirm="on",
    )

    result.assert_outcomes(passed=8)
    assert result.ret == pytest.ExitCode.OK
    beside, (*alone, left) = at_once.log()[:8], at_once.log()[8:]
    assert beside == ["beside"] * 8
    assert set(alone) == {"alone"}
    assert left == "left: nobody"


# Marks given while tests run


def test_marks_given_while_eight_tests_run_hold_for_their_own_test(at_once):
    # Hazard: marks are read again after each stage, while others are added.
    result = at_once(
        """
        xfail = pytest.mark.xfail(reason="while it runs", strict=True)

        @pytest.fixture
        def marks(request):
            meet()
            if request.node.callspec.params["i"] in (0, 1):
                request.applymarker(xfail)
            meet()

        @eight
        def test_it(i, marks, request):
            meet()
            if i in (2, 3):
                request.node.add_marker(xfail)
            meet()
            own = [mark.name for mark in request.node.own_markers]
            assert own.count("xfail") == (i < 4)
            assert i in (1, 3, 4, 5, 6)
        """,
        "-v",
    )

    # Strict: what was to fail and passed is a failure, as is what was not to fail.
    result.assert_outcomes(xfailed=2, failed=3, passed=3)
    for i in (0, 2):
        result.stdout.fnmatch_lines([f"*::test_it[[]{i}[]] XFAIL * (while it runs)*"])
