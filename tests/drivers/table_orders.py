"""What runs beside what, in which order, and which tests are selected."""

from __future__ import annotations

from .scenario import Difference, Result, Scenario, nobody_met


def _both_sides_before_the_top(result: Result) -> None:
    lines = result.lines_of("log")
    assert lines[0] == "bottom"
    assert lines[-1] == "top"


#: Three tests in a row, and others beside them.
ROW = """
    def test_a(): note("a")

    @depends_on("test_a")
    def test_b(): note("b")

    @depends_on("test_b")
    def test_c(): assert (HERE / "log").read_text().split()[-2:] == ["a", "b"]

    def test_other(): pass

    @several
    def test_more(n): pass
"""

ROW_PASSES = {
    **dict.fromkeys(["test_a", "test_b", "test_c", "test_other"], "passed"),
    **{f"test_more[{n}]": "passed" for n in range(6)},
}

FAILING = """
    def test_a(): pass

    @depends_on("test_a")
    def test_b(): assert 0

    @depends_on("test_b")
    def test_c(): pass

    def test_d(): pass
"""


RERUN = "run-last-failure: rerun previous*"

WORKERS_COLLECT = dict.fromkeys(
    ("xdist", "hub"), Difference(row="The line of `--lf` and `--ff`", lacks=(RERUN,))
)

ORDERS = (
    Scenario(
        name="diamond",
        files="""
            def test_bottom(): note("bottom")

            @depends_on("test_bottom")
            def test_left(): note("left")

            @depends_on("test_bottom")
            def test_right(): note("right")

            @depends_on("test_left", "test_right")
            def test_top(): note("top")
        """,
        outcomes=dict.fromkeys(
            ["test_bottom", "test_left", "test_right", "test_top"], "passed"
        ),
        check=_both_sides_before_the_top,
    ),
    Scenario(
        name="two_at_once",
        files="""
            def test_a(): meet("a", "b")

            def test_b(): meet("b", "a")
        """,
        outcomes={"test_a": "passed", "test_b": "passed"},
    ),
    Scenario(
        name="resource",
        files="""
            @pytest.mark.resource("database")
            @several
            def test_uses(n):
                with nobody_else("database"):
                    pass

            class TestClass:
                pytestmark = pytest.mark.resource("database")

                def test_uses_as_well(self):
                    with nobody_else("database"):
                        pass
        """,
        outcomes={
            **{f"test_uses[{n}]": "passed" for n in range(6)},
            "TestClass::test_uses_as_well": "passed",
        },
        check=nobody_met,
    ),
    Scenario(
        name="resource_in_fixtures",
        files="""
            @pytest.fixture
            def database():
                with nobody_else("database"):
                    yield

            @pytest.mark.resource("database")
            @several
            def test_uses(n, database): pass
        """,
        outcomes={f"test_uses[{n}]": "passed" for n in range(6)},
        check=nobody_met,
    ),
    Scenario(
        name="readers_and_writers",
        files="""
            reads = pytest.mark.resource("table", mode="read")
            writes = pytest.mark.resource("table")

            @reads
            def test_reader():
                meet("a", "b")
                with nobody_else("reader"):
                    assert not (HERE / "writer").exists()

            @reads
            def test_other_reader():
                meet("b", "a")
                with nobody_else("other reader"):
                    assert not (HERE / "writer").exists()

            @writes
            @several
            def test_writer(n):
                with nobody_else("writer"):
                    if list(HERE.glob("*reader")):
                        (HERE / "met").touch()
        """,
        outcomes={
            "test_reader": "passed",
            "test_other_reader": "passed",
            **{f"test_writer[{n}]": "passed" for n in range(6)},
        },
        check=nobody_met,
    ),
    Scenario(
        name="exclusive",
        files="""
            @pytest.fixture(autouse=True)
            def here(request):
                own = HERE / f"here-{request.node.name}"
                own.touch()
                time.sleep(0.01)
                yield
                own.unlink()

            @several
            def test_other(n): pass

            @pytest.mark.exclusive
            def test_alone():
                if len(list(HERE.glob("here-*"))) > 1:
                    (HERE / "met").touch()
        """,
        outcomes={
            "test_alone": "passed",
            **{f"test_other[{n}]": "passed" for n in range(6)},
        },
        check=nobody_met,
    ),
    Scenario(
        name="schedule_graph",
        files=ROW,
        arguments=("--phase-schedule=graph",),
        code=0,
        outcomes=ROW_PASSES,
    ),
    Scenario(
        name="schedule_batch",
        files=ROW,
        arguments=("--phase-schedule=batch",),
        code=0,
        outcomes=ROW_PASSES,
    ),
    Scenario(
        name="prerequisites_are_pulled_in",
        files=ROW,
        arguments=("-k", "test_c"),
        code=0,
        outcomes=dict.fromkeys(["test_a", "test_b", "test_c"], "passed"),
    ),
    Scenario(
        name="deselected_prerequisites",
        files=ROW,
        arguments=("-k", "test_c or test_other", "--phase-deselected=skip"),
        code=0,
        outcomes={"test_c": "skipped", "test_other": "passed"},
    ),
    Scenario(
        name="last_failed",
        files=FAILING,
        earlier=(),
        arguments=("--lf", "-v"),
        code=1,
        # What was blocked is run again, too.
        outcomes={"test_a": "passed", "test_b": "failed", "test_c": "skipped"},
        says=(RERUN,),
        differs=WORKERS_COLLECT,
    ),
    Scenario(
        name="failed_first",
        files="""
            def test_a(): note("a")

            def test_b(): note("b")

            def test_c():
                note("c")
                assert len((HERE / "log").read_text().split()) > 3

            def test_d(): note("d")
        """,
        earlier=("--phase-confirm=off", "-k", "not test_d"),
        arguments=("--ff",),
        code=0,
        outcomes=dict.fromkeys(["test_a", "test_b", "test_c", "test_d"], "passed"),
        says=(RERUN,),
        differs=WORKERS_COLLECT,
    ),
)
