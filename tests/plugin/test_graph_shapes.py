"""Graphs of every shape: dependencies against the order of files, long, wide, dense."""

from __future__ import annotations

import textwrap

import pytest

every_way = [
    pytest.mark.parametrize("schedule", ["batch", "phase", "graph"]),
    pytest.mark.parametrize("at_once", [1, 8, 32]),
]

#: Knows which tests have ended, teardown included.
CONFTEST = """
    import pytest

    ENDED = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(item):
        try:
            return (yield)
        finally:
            ENDED.add(item.name)
"""


@pytest.fixture
def run(pytester, phaserun):
    """Run a suite of files; in it ``ENDED`` has the names of all that has ended."""

    def run(files, at_once, schedule, *arguments):
        pytester.makeconftest(CONFTEST)
        imports = "import pytest\nfrom conftest import ENDED\n"
        for name, body in files.items():
            path = pytester.path / f"{name}.py"
            path.write_text(imports + textwrap.dedent(body))
        return phaserun(
            "-q",
            "--phase-confirm=off",
            f"--phase-concurrency={at_once}",
            f"--phase-schedule={schedule}",
            *arguments,
        )

    return run


#: For large graphs, which take their time.
in_one_way_each = pytest.mark.parametrize(
    ("at_once", "schedule"), [(1, "batch"), (8, "phase"), (32, "graph")]
)


def in_every_way(test):
    for mark in every_way:
        test = mark(test)
    return test


@in_every_way
def test_chain_through_files_in_the_opposite_order(run, at_once, schedule):
    files = {
        f"test_{i}": f"""
        @pytest.mark.depends_on("test_{i + 1}.py::test_step")
        def test_step(): assert "test_end_{i + 1}" in ENDED

        @pytest.mark.depends_on("test_step")
        def test_end_{i}(): ...

        @pytest.mark.depends_on("test_{i + 1}.py")
        def test_after_the_file(): assert "test_end_{i + 1}" in ENDED
        """.replace("::test_step", f"::test_end_{i + 1}")
        for i in range(8)
    }
    files["test_8"] = "def test_end_8(): ..."

    result = run(files, at_once, schedule)

    result.assert_outcomes(passed=25)


@in_every_way
def test_tree_whose_leaves_stand_first(run, at_once, schedule):
    # Of a heap: the parent of n is n // 2, and it stands behind its children.
    body = """
    def test_1(): ...
    """
    nodes = [
        f"""
    @pytest.mark.depends_on("test_{n // 2}")
    def test_{n}(): assert "test_{n // 2}" in ENDED
    """
        for n in range(31, 1, -1)
    ]

    result = run({"test_it": "".join(nodes) + body}, at_once, schedule)

    result.assert_outcomes(passed=31)


@in_one_way_each
def test_chain_of_a_thousand_against_the_order(run, at_once, schedule):
    body = """
    STEPS = [
        pytest.param(n, marks=pytest.mark.depends_on(f"test_step[{n + 1}]"))
        for n in range(999)
    ]

    @pytest.mark.parametrize("n", [*STEPS, 999])
    def test_step(n): assert n == 999 or f"test_step[{n + 1}]" in ENDED
    """

    result = run({"test_it": body}, at_once, schedule)

    result.assert_outcomes(passed=1000)


@in_one_way_each
def test_diamond_of_ten_thousand_edges(run, at_once, schedule):
    files = {
        "test_a": """
    @pytest.mark.depends_on("test_below")
    def test_last(): assert sum("test_below" in name for name in ENDED.copy()) == 100

    @pytest.mark.depends_on("test_above")
    @pytest.mark.parametrize("n", range(100))
    def test_below(n): assert sum("test_above" in name for name in ENDED.copy()) == 100
    """,
        "test_b": """
    @pytest.mark.parametrize("n", range(100))
    def test_above(n): ...
    """,
    }

    result = run(files, at_once, schedule)

    result.assert_outcomes(passed=201)


@in_every_way
def test_failure_in_a_dense_graph_blocks_all_below_and_none_beside(
    run, at_once, schedule
):
    body = """
    @pytest.mark.depends_on("test_below")
    def test_last(): ...

    @pytest.mark.depends_on("test_above[0]", "test_above[{n}]")
    @pytest.mark.parametrize("n", range(10))
    def test_below(n): ...

    @pytest.mark.depends_on("test_above[{n}]", when="finished")
    @pytest.mark.parametrize("n", range(10))
    def test_beside(n): assert f"test_above[{n}]" in ENDED

    @pytest.mark.parametrize("n", range(10))
    def test_above(n): assert n
    """

    result = run({"test_it": body}, at_once, schedule)

    result.assert_outcomes(passed=19, failed=1, skipped=11)
