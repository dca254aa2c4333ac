"""Parts of a suite for several machines: closed, whole, and always the same."""

from __future__ import annotations

import re

import pytest

from .reading import errors, order

PARTS = 3

SUITE = {
    "test_a": """
        import pytest

        def test_base(): ...

        @pytest.mark.depends_on("test_base")
        def test_one(): ...

        @pytest.mark.depends_on("test_last", when="finished")
        def test_two(): ...

        @pytest.mark.parametrize("n", range(6))
        def test_many(n): ...
        """,
    "test_b": """
        import pytest

        @pytest.mark.depends_on("test_one")
        def test_far(): ...

        def test_last(): ...

        @pytest.mark.xdist_group("x")
        def test_x1(): ...

        @pytest.mark.xdist_group("x")
        def test_x2(): ...
        """,
}

TESTS = 13


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(**SUITE)


def run_parts(phaserun, *arguments: str) -> list[pytest.RunResult]:
    """Run each part."""
    shards = [f"--phase-shard={part}/{PARTS}" for part in range(1, PARTS + 1)]
    return [phaserun("-v", shard, *arguments) for shard in shards]


def test_every_test_runs_in_one_part(suite, phaserun):
    parts = [order(result) for result in run_parts(phaserun)]

    together = [name for part in parts for name in part]
    assert len(together) == len(set(together)) == TESTS
    assert all(parts)


def test_what_is_connected_stays_together_in_its_order(suite, phaserun):
    parts = [order(result) for result in run_parts(phaserun)]

    for names in [
        ("test_base", "test_one", "test_far"),
        ("test_last", "test_two"),
        ("test_x1", "test_x2"),
    ]:
        (part,) = [part for part in parts if names[0] in part]
        assert [name for name in part if name in names] == list(names)


@pytest.mark.parametrize(
    ("base", "dependent"),
    [
        ("dependency()", 'dependency(depends=["test_base"])'),
        ('depends(name="base")', 'depends(on=["base"])'),
        ("exclusive", 'order(after="test_base")'),
        ("exclusive", 'depends_on(tests=["test_base"])'),
        ('depends_on(name="base")', 'depends_on(on=["base"])'),
    ],
)
def test_marks_of_other_plugins_connect_as_well(pytester, phaserun, base, dependent):
    pytester.makepyfile(
        test_it=f"""
        import pytest

        @pytest.mark.{base}
        def test_base(): ...

        @pytest.mark.parametrize("n", range(3))
        def test_other(n): ...

        @pytest.mark.{dependent}
        def test_last(): ...
        """
    )

    parts = [order(result) for result in run_parts(phaserun)]

    assert ["test_base", "test_last"] in parts


def test_parts_are_the_same_again_also_where_durations_are_remembered(suite, phaserun):
    phaserun()

    before = [sorted(order(result)) for result in run_parts(phaserun)]
    again = [sorted(order(result)) for result in run_parts(phaserun)]

    assert before == again


def test_all_parts_show_one_split_and_count_what_is_left_out(suite, phaserun):
    results = run_parts(phaserun)

    said = [
        re.search(
            r"shard (\d) of 3 with (\d+) of 13 tests, split (\w{8})",
            result.stdout.str(),
        )
        for result in results
    ]
    assert [found[1] for found in said] == ["1", "2", "3"]
    assert len({found[3] for found in said}) == 1
    for found, result in zip(said, results, strict=True):
        kept = int(found[2])
        result.assert_outcomes(passed=kept, deselected=TESTS - kept)


def test_other_tests_are_another_split(suite, pytester, phaserun):
    def split() -> str:
        result = phaserun("--phase-shard=1/3")
        return re.search(r"split (\w+)", result.stdout.str())[1]

    before = split()
    pytester.makepyfile(test_c="def test_new(): ...")

    assert split() != before


def test_parts_are_balanced_by_what_tests_took(pytester, phaserun):
    pytester.makepyfile("""
        def test_long(): ...
        def test_short_1(): ...
        def test_short_2(): ...
        def test_short_3(): ...
    """)
    pytester.makefile(".ini", pytest="[pytest]")
    cached = pytester.path / ".pytest_cache" / "v" / "phaserun" / "durations"
    cached.parent.mkdir(parents=True)
    name = "test_parts_are_balanced_by_what_tests_took.py"
    cached.write_text(
        f'{{"{name}::test_long": [0, 9, 0], "{name}::test_short_1": [0, 1, 0], '
        f'"{name}::test_short_2": [0, 1, 0], "{name}::test_short_3": [0, 1, 0]}}'
    )

    result = phaserun("-v", "--phase-shard=1/2")

    assert order(result) == ["test_long"]


def test_part_of_a_selection_is_closed_under_dependencies(suite, phaserun):
    parts = [order(r) for r in run_parts(phaserun, "-k", "test_far or test_many")]

    together = [name for part in parts for name in part]
    assert sorted(together) == sorted(
        ["test_base", "test_one", "test_far", *(f"test_many[{n}]" for n in range(6))]
    )


def test_empty_part_is_no_failure(pytester, phaserun):
    pytester.makepyfile("def test_only(): ...")

    result = phaserun("--phase-shard=2/2")

    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(deselected=1)


def test_nothing_to_split_is_told_as_ever(phaserun):
    assert phaserun("--phase-shard=1/2").ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "a/b", "1/0", "-1/3"])
def test_other_parts_are_told(phaserun, text):
    assert errors(phaserun(f"--phase-shard={text}")) == [
        f"--phase-shard: {text!r} is not valid; allowed: K/N, for part K of N, from "
        "1/N to N/N"
    ]
