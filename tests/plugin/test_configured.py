"""Who runs alone by configuration, and what the user is told of it."""

from __future__ import annotations

import pytest

from .reading import errors

SUITE = """
    import threading

    import pytest

    @pytest.fixture
    def server(): ...

    class TestIt:
        def test_a(self): ...

    @pytest.mark.parametrize("n", ["a-1", "b"])
    def test_b(n): ...

    def test_c(server): ...

    @pytest.mark.depends_on("test_c")
    def test_d(monkeypatch): ...
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(**{"sub/test_it": SUITE})


def entries(*lines):
    return "-ophase_exclusive=" + "\n".join(lines)


@pytest.mark.parametrize(
    ("entry", "alone"),
    [
        ("sub/test_it.py::test_b[b]", ["test_b[b]"]),
        ("sub/test_it.py::test_b", ["test_b[a-1]", "test_b[b]"]),
        ("sub/test_it.py::TestIt", ["TestIt::test_a"]),
        ("sub/*::test_c", ["test_c"]),
        ("*::test_b", ["test_b[a-1]", "test_b[b]"]),
        ("*::TestIt", ["TestIt::test_a"]),
        ("*[?-1]", ["test_b[a-1]"]),
        ("*::test_[cd]", []),
        ("sub/", ["TestIt::test_a", "test_b[a-1]", "test_b[b]", "test_c", "test_d"]),
        ("server", ["test_c"]),
        ("sub", ["TestIt::test_a", "test_b[a-1]", "test_b[b]", "test_c", "test_d"]),
        ("su", []),
    ],
)
def test_tests_that_an_entry_means_run_alone(suite, phaserun, entry, alone):
    result = phaserun("--phase-plan", entries(entry))

    why = f"  (alone: phase_exclusive has {entry!r})"
    found = [
        line.removesuffix(why).strip()
        for line in result.stdout.lines
        if line.endswith(why)
    ]
    assert found == [f"sub/test_it.py::{name}" for name in alone]


def test_entries_stand_in_lines(suite, pytester, phaserun):
    pytester.makeini(
        """
        [pytest]
        phase_exclusive =
            server
            sub/test_it.py::TestIt
        """
    )

    result = phaserun("--phase-plan")

    result.stdout.fnmatch_lines(
        ["3 of 5 tests to run alone: phase_exclusive (2), the fixture monkeypatch (1)"]
    )


@pytest.mark.parametrize("mark", ["serial", "serialize"])
def test_tests_with_a_mark_that_an_entry_names_run_alone(pytester, phaserun, mark):
    pytester.makepyfile(
        test_it=f"""
        import pytest

        @pytest.mark.{mark}
        class TestIt:
            def test_a(self): ...

        @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.{mark}), 2])
        def test_b(n): ...
        """
    )
    pytester.makeini(f"[pytest]\nmarkers = {mark}\nphase_exclusive = {mark}\n")

    result = phaserun("--phase-plan", "--strict-markers")

    why = f"  (alone: phase_exclusive has '{mark}')"
    alone = [line for line in result.stdout.lines if line.endswith(why)]
    assert alone == [
        f"  test_it.py::{name}{why}" for name in ("TestIt::test_a", "test_b[1]")
    ]


def test_detection_can_be_switched_off(suite, phaserun):
    result = phaserun("--phase-plan", "--phase-detect=off")

    result.stdout.no_fnmatch_line("*alone*")


def test_run_tells_how_many_ran_alone_and_why(suite, phaserun):
    result = phaserun()

    result.stdout.fnmatch_lines(["phaserun: 1 alone: the fixture monkeypatch (1)"])


def test_verbose_plan_tells_what_tests_come_after(suite, phaserun):
    result = phaserun("--phase-plan", "-v")

    result.stdout.fnmatch_lines(
        [
            "  sub/test_it.py::test_d  (alone: uses the fixture monkeypatch)",
            "    after sub/test_it.py::test_c",
        ]
    )


@pytest.mark.parametrize(
    "name", ["sub/test_it.py::test_d", "test_it.py::test_d", "test_d"]
)
def test_a_test_can_be_explained(suite, phaserun, name):
    result = phaserun(f"--phase-explain={name}")

    lines = result.stdout.lines
    start = lines.index("sub/test_it.py::test_d")
    assert lines[start + 1 : start + 6] == [
        "  phase 2 of 2",
        "  after sub/test_it.py::test_c",
        "  runs alone: uses the fixture monkeypatch",
        "  time limit 300 s",
        "  expected to take an unknown time: it has not passed here yet",
    ]
    result.assert_outcomes()


def test_explanation_knows_how_long_a_test_took(suite, phaserun):
    phaserun()

    result = phaserun("--phase-explain=test_c")

    result.stdout.fnmatch_lines(
        ["  expected to take 0.0? s, as in earlier runs (setup *)"]
    )


def test_explanation_covers_every_parametrization(suite, phaserun):
    result = phaserun("--phase-explain=test_b")

    result.stdout.fnmatch_lines(
        ["sub/test_it.py::test_b?a-1?", "sub/test_it.py::test_b?b?"]
    )


def test_unknown_test_cannot_be_explained(suite, phaserun):
    result = phaserun("--phase-explain=test_e")

    assert errors(result) == [
        "--phase-explain: unknown test 'test_e'; did you mean 'test_d' "
        "(sub/test_it.py:16) or 'test_c' (sub/test_it.py:14) or 'test_b' "
        "(sub/test_it.py:11)?"
    ]


def test_nothing_can_be_explained_where_there_are_no_tests(pytester, phaserun):
    result = phaserun("--phase-explain=test_e")

    assert errors(result) == ["--phase-explain: no tests were collected"]


def test_module_fixture_goes_down_when_the_tests_that_use_it_have_ended(
    pytester, phaserun
):
    pytester.makepyfile(
        # Each says its line in one write, so that those of others cannot come between.
        say="""
        def say(text): print(text + "\\n", end="")
        """,
        test_a="""
        import pytest
        from say import say

        @pytest.fixture(scope="module")
        def port():
            say("up a")
            yield
            say("down a")

        def test_a(port): ...

        @pytest.mark.exclusive
        def test_alone(port): ...
        """,
        test_b="""
        from say import say

        def test_b(): say("b")
        def test_c(): say("c")
        def test_d(): say("d")
        """,
    )

    result = phaserun("--phase-concurrency=2", "-s", "--phase-schedule=phase")

    said = [line.lstrip(".") for line in result.stdout.lines]
    assert said.index("down a") < said.index("d")
    result.assert_outcomes(passed=5)


def test_unsafe_tests_of_several_files_run_back_to_back(pytester, phaserun):
    pytester.makepyfile(
        test_a="""
        def test_a(monkeypatch): print("alone")
        def test_b(): print("beside")
        """,
        test_b="""
        def test_a(monkeypatch): print("alone")
        def test_b(): print("beside")
        """,
    )

    result = phaserun("-s", "-p", "no:cacheprovider")

    said = [line.lstrip(".") for line in result.stdout.lines]
    said = [line for line in said if line in ("alone", "beside")]
    assert said == ["beside", "beside", "alone", "alone"]


def test_nothing_is_said_of_tests_alone_where_there_are_none(pytester, phaserun):
    pytester.makepyfile("def test_a(): ...")

    result = phaserun()

    result.stdout.no_fnmatch_line("phaserun:*alone*")
