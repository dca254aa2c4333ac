"""What is taken down after the last test that needed it, in the main thread."""

from __future__ import annotations

import textwrap

import pytest

from .reading import section

LIMITS = ("--phase-timeout=0.5", "--phase-grace=0.3", "--phase-slow=0")

#: A fixture of the module is made by one test; the other one, its last user, is blocked
#: by a third one, in a later phase.
SUITE = """
import time

import pytest

def hang():
    time.sleep(60)

def hang_against_all_odds():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

@pytest.fixture(scope="module")
def shared():
    yield
    print("taking down")
    %s

{exclusive}

def test_maker(shared): ...

def test_other():
    assert False

@pytest.mark.depends_on("test_maker", "test_other")
def test_blocked(shared): ...
"""
everywhere = pytest.mark.parametrize(
    "exclusive", ["", "pytestmark = pytest.mark.exclusive"], ids=["beside", "alone"]
)


def write(pytester: pytest.Pytester, action: str, exclusive: str = "") -> None:
    suite = (SUITE % action).replace("{exclusive}", exclusive)
    (pytester.path / "test_x.py").write_text(textwrap.dedent(suite))


@everywhere
def test_late_teardown_has_the_usual_limit(pytester, phaserun, exclusive):
    write(pytester, "hang()", exclusive)

    result = phaserun.apart(*LIMITS)

    counts = {"failed": 1, "passed": 1, "skipped": 1, "timeout": 1}
    assert result.parseoutcomes() == counts
    result.stdout.fnmatch_lines(
        [
            "A teardown after the last test that needed it took more than 0.5 s",
            "Stack of the main thread when its time was up:",
            "*, line *, in shared",
            "    hang()",
        ]
    )


def test_what_is_wider_is_taken_down_all_the_same(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import time
        import pytest

        @pytest.fixture(scope="session")
        def first(request):
            yield
            with open("log.txt", "w") as file:
                file.write("first")

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
    )

    result = phaserun.apart(*LIMITS, "--phase-confirm=off")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "skipped": 1, "timeout": 1}
    assert (pytester.path / "log.txt").read_text() == "first"
    result.stdout.no_fnmatch_line("*TimeoutInterrupt*")


@everywhere
def test_its_output_becomes_part_of_the_report(pytester, phaserun, exclusive):
    write(pytester, "assert False, 'broken'", exclusive)

    result = phaserun.apart(*LIMITS)

    out = result.stdout.str()
    assert out.count("taking down\n") == 1
    assert section(result, "Captured stdout teardown")[0] == "taking down"


@everywhere
def test_its_output_is_shown_nowhere_if_it_passes(pytester, phaserun, exclusive):
    write(pytester, "pass", exclusive)

    result = phaserun.apart(*LIMITS)

    result.stdout.no_fnmatch_line("taking down")


def test_errors_of_several_become_one_report(pytester, phaserun):
    write(pytester, "pytest.fail('first')")
    with (pytester.path / "test_x.py").open("a") as file:
        file.write(
            textwrap.dedent(
                """
                @pytest.fixture(scope="module", autouse=True)
                def second():
                    yield
                    pytest.fail("second")
                """
            )
        )

    result = phaserun.apart(*LIMITS)

    counts = {"failed": 1, "passed": 1, "skipped": 1, "errors": 1}
    assert result.parseoutcomes() == counts
    result.stdout.fnmatch_lines(["*Failed: second*"])
    result.stdout.fnmatch_lines(["*Failed: first*"])


@everywhere
def test_hopeless_late_teardown_ends_the_process(pytester, phaserun, exclusive):
    write(pytester, "hang_against_all_odds()", exclusive)

    result = phaserun.apart(*LIMITS)

    assert result.ret == 1
    counts = {"failed": 1, "passed": 1, "skipped": 1, "timeout": 1}
    assert result.parseoutcomes() == counts
    result.stdout.fnmatch_lines(
        [
            "A teardown after the last test that needed it took more than 0.5 s",
            "It did not stop when told to; the run ends here.",
            "-* Captured stdout teardown -*",
            "taking down",
        ]
    )


def test_what_ends_beside_a_hopeless_late_teardown_is_reported(pytester, phaserun):
    (pytester.path / "test_a.py").write_text(
        textwrap.dedent(
            """
            import threading

            import pytest

            going = threading.Event()

            @pytest.fixture(scope="module")
            def shared():
                yield
                going.set()
                while True:
                    try:
                        threading.Event().wait(0.01)
                    except BaseException:
                        pass

            def test_maker(shared): ...

            def test_hangs(shared):
                threading.Event().wait(60)
            """
        )
    )
    (pytester.path / "test_b.py").write_text(
        textwrap.dedent(
            """
            import threading
            import time

            import pytest
            from test_a import going

            @pytest.mark.task(timeout=0)
            def test_beside():
                assert going.wait(20)

            @pytest.mark.task(timeout=0)
            def test_too_long():
                assert going.wait(20)
                time.sleep(60)

            @pytest.mark.depends_on("test_beside")
            def test_never_started(): ...
            """
        )
    )

    result = phaserun.apart(*LIMITS, "-v")

    assert result.ret == 1
    assert result.parseoutcomes() == {"passed": 2, "timeout": 2}
    result.stdout.fnmatch_lines(["test_b.py::test_beside PASSED*"])
    result.stdout.fnmatch_lines(
        [
            "test_a.py::test_hangs: in call for *",
            "phaserun: *1 test not run*",
            "phaserun: 1 test interrupted: test_b.py::test_too_long",
        ]
    )
