"""Mistakes in marks: what is said, where, all at once, and before anything runs."""

from __future__ import annotations

import pytest

from .reading import errors

#: Ran, if a run that should stop before did not.
CANARY = "def test_canary(): raise SystemExit('a test ran')"


def run_file(
    pytester: pytest.Pytester, phaserun, body: str, *arguments: str
) -> pytest.RunResult:
    """Run one file; its own first line is number 3."""
    path = pytester.path / "test_shop.py"
    path.write_text(f"import pytest\n{CANARY}\n{body}")
    return phaserun(*arguments)


# Unknown names


def test_unknown_name_is_told_with_the_nearest_known_ones(pytester, phaserun):
    body = """\
def test_create(): ...
@pytest.mark.depends_on("test_creat")
def test_use(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:4: test_use depends on unknown test 'test_creat'; "
        "did you mean 'test_create' (test_shop.py:3)?"
    ]


def test_nearest_names_are_ids_as_well(pytester, phaserun):
    body = """\
@pytest.mark.task("create-account")
def test_a(): ...
@pytest.mark.task("create-accounts")
def test_b(): ...
@pytest.mark.depends_on("create_account")
def test_c(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:7: test_c depends on unknown test 'create_account'; "
        "did you mean 'create-account' (test_shop.py:3) or 'create-accounts' "
        "(test_shop.py:5)?"
    ]


def test_nearest_names_of_a_node_id_are_node_ids(pytester, phaserun):
    body = """\
def test_create(): ...
@pytest.mark.depends_on("test_shop.py::test_craete")
def test_use(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:4: test_use depends on unknown test "
        "'test_shop.py::test_craete'; did you mean 'test_shop.py::test_create' "
        "(test_shop.py:3)?"
    ]


def test_name_like_no_other_is_told_alone(pytester, phaserun):
    body = """\
@pytest.mark.depends_on("xyzzy")
def test_use(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:3: test_use depends on unknown test 'xyzzy'"
    ]


def test_method_is_named_with_its_class(pytester, phaserun):
    body = """\
class TestShop:
    @pytest.mark.depends_on("xyzzy")
    def test_use(self): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:4: TestShop::test_use depends on unknown test 'xyzzy'"
    ]


def test_mistake_on_a_class_is_told_once_at_the_class(pytester, phaserun):
    body = """\
@pytest.mark.depends_on("xyzzy")
class TestShop:
    def test_one(self): ...
    def test_two(self): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:3: TestShop depends on unknown test 'xyzzy'"
    ]


def test_mistake_on_a_module_is_told_once_at_the_module(pytester, phaserun):
    body = """\
pytestmark = pytest.mark.depends_on("xyzzy")
def test_one(): ...
def test_two(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:1: test_shop.py depends on unknown test 'xyzzy'"
    ]


def test_mistake_on_a_parametrized_test_is_told_once(pytester, phaserun):
    body = """\
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.depends_on("xyzzy")
def test_use(n): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:3: test_use depends on unknown test 'xyzzy'"
    ]


def test_name_that_may_mean_several_tests_lists_them(pytester, phaserun):
    body = """\
class TestA:
    def test_same(self): ...
class TestB:
    def test_same(self): ...
@pytest.mark.depends_on("test_same")
def test_use(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:7: test_use depends on 'test_same', which may mean any of "
        "test_shop.py::TestA::test_same (test_shop.py:4), "
        "test_shop.py::TestB::test_same (test_shop.py:6); give more of its node id"
    ]


# Circles


def test_cycle_is_told_with_every_place(pytester, phaserun):
    body = """\
@pytest.mark.depends_on("test_c")
def test_a(): ...
@pytest.mark.depends_on("test_a")
def test_b(): ...
@pytest.mark.depends_on("test_b")
def test_c(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "cycle: test_shop.py::test_a -> test_shop.py::test_c -> test_shop.py::test_b "
        "-> test_shop.py::test_a (test_shop.py:3, test_shop.py:7, test_shop.py:5); "
        "remove one of these dependencies"
    ]


def test_test_that_depends_on_itself_is_a_cycle(pytester, phaserun):
    body = """\
@pytest.mark.depends_on("test_a")
def test_a(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "cycle: test_shop.py::test_a -> test_shop.py::test_a (test_shop.py:3); "
        "remove one of these dependencies"
    ]


def test_cycle_across_files_is_found(pytester, phaserun):
    for name, other in (("a", "b"), ("b", "a")):
        pytester.makepyfile(
            **{
                f"test_{name}": f"""
                import pytest

                @pytest.mark.depends_on("test_{other}.py")
                def test_one(): ...
                """
            }
        )

    result = phaserun()

    assert errors(result) == [
        "cycle: test_a.py::test_one -> test_b.py::test_one -> test_a.py::test_one "
        "(test_a.py:3, test_b.py:3); remove one of these dependencies"
    ]


def test_long_cycle_is_told_without_its_middle(pytester, phaserun):
    body = """\
def link(i):
    behind = f"test_link[{(i + 1) % 2000}]"
    return pytest.param(i, marks=pytest.mark.depends_on(behind))
@pytest.mark.parametrize("i", list(map(link, range(2000))))
def test_link(i): ...
"""

    result = run_file(pytester, phaserun, body)

    (error,) = errors(result)
    assert " -> test_shop.py::test_link[4] -> ... 1990 more ... -> " in error
    assert error.endswith(" (test_shop.py:6, ...); remove one of these dependencies")


# Ids


def test_id_that_two_tests_claim_names_both_places(pytester, phaserun):
    body = """\
@pytest.mark.task("same")
def test_a(): ...
@pytest.mark.task("same")
class TestB:
    def test_b(self): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "task id 'same' is used more than once: test_shop.py:3, test_shop.py:5"
    ]


def test_id_of_a_parametrized_test_is_no_duplicate(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.task("same")
        @pytest.mark.parametrize("n", [1, 2])
        def test_a(n): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2)


def test_id_on_two_parameters_is_a_duplicate(pytester, phaserun):
    body = """\
import functools
param = functools.partial(pytest.param, marks=pytest.mark.task("same"))
@pytest.mark.parametrize("n", [param(1), param(2)])
def test_a(n): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "task id 'same' is used more than once: test_shop.py:5, test_shop.py:5"
    ]


# Arguments of marks


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("task('a', 'b')", "the marker 'task' takes one id"),
        ("task('a', id='b')", "the marker 'task' takes one id"),
        ("task(7)", "the marker 'task' takes an id as text, not 7"),
        ("task('')", "the marker 'task' takes an id as text, not ''"),
        (
            "task(test_other, limit=1)",
            "the marker 'task' takes an id as text, not test_other itself; "
            "write 'test_other'",
        ),
        (
            "task('a', limit=1)",
            "the marker 'task' has no argument 'limit'; use id and timeout",
        ),
        *(
            (
                f"task('a', timeout={timeout})",
                f"the marker 'task' takes a timeout in seconds, 0 or more, not {shown}",
            )
            for timeout, shown in [
                ("'soon'", "'soon'"),
                ("-1", "-1"),
                ("True", "True"),
                ("float('inf')", "inf"),
                ("float('nan')", "nan"),
            ]
        ),
        (
            "depends_on('test_other', whenever='finished')",
            "the marker 'depends_on' has no argument 'whenever'; use ids, when and "
            "require",
        ),
        (
            "depends_on(['test_other'])",
            "the marker 'depends_on' takes ids one by one, not in a list; "
            "write depends_on('test_other')",
        ),
        ("depends_on('')", "the marker 'depends_on' takes ids as text, not ''"),
        (
            "depends_on(test_other, 'test_canary')",
            "the marker 'depends_on' takes ids as text, not test_other itself; "
            "write 'test_other'",
        ),
        (
            "depends_on",
            "the marker 'depends_on' names nothing; was a function given to it "
            "instead of a name? write depends_on('test_marked') on the test that "
            "depends on this one",
        ),
    ],
)
def test_wrong_argument_of_a_mark_is_told_with_its_place(
    pytester, phaserun, mark, text
):
    body = f"""\
def test_other(): ...
@pytest.mark.{mark}
def test_marked(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert text in [error.removeprefix("test_shop.py:4: ") for error in errors(result)]


def test_dependent_that_vanishes_into_its_bare_dependency_is_noticed(
    pytester, phaserun
):
    body = """\
@pytest.fixture
def db(): ...
def test_a(db): ...
@pytest.mark.depends_on(test_a)
def test_b(db): ...
"""

    result = run_file(pytester, phaserun, body)

    assert errors(result) == [
        "test_shop.py:5: the marker 'depends_on' names nothing; was a function given "
        "to it instead of a name? write depends_on('test_a') on the test that depends "
        "on this one"
    ]


def test_type_error_of_a_bare_dependency_bears_a_hint(pytester, phaserun):
    body = """\
def test_a(): ...
@pytest.mark.depends_on(test_a)
def test_b(): ...
"""

    result = run_file(pytester, phaserun, body)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "E   TypeError: test_a() takes 0 positional arguments but 1 was given",
            "-* phaserun -*",
            "Was test_a itself given to depends_on? Write depends_on('test_a').",
        ]
    )


def test_other_type_errors_bear_none(pytester, phaserun):
    result = run_file(pytester, phaserun, "len()")

    result.stdout.no_fnmatch_line("*given to depends_on*")


# All at once, before anything runs, and only what matters


MISTAKES = """\
@pytest.mark.depends_on("xyzzy")
def test_unknown(): ...
@pytest.mark.depends_on("test_second")
def test_first(): ...
@pytest.mark.depends_on("test_first")
def test_second(): ...
@pytest.mark.task("same")
def test_third(): ...
@pytest.mark.task("same")
def test_fourth(): ...
@pytest.mark.task(7)
def test_fifth(): ...
@pytest.mark.depends_on("test_sixth")
def test_sixth(): ...
"""


def test_all_mistakes_are_told_at_once(pytester, phaserun):
    result = run_file(pytester, phaserun, MISTAKES)

    assert sorted(errors(result)) == [
        "cycle: test_shop.py::test_first -> test_shop.py::test_second "
        "-> test_shop.py::test_first (test_shop.py:5, test_shop.py:7); "
        "remove one of these dependencies",
        "cycle: test_shop.py::test_sixth -> test_shop.py::test_sixth "
        "(test_shop.py:15); remove one of these dependencies",
        "task id 'same' is used more than once: test_shop.py:9, test_shop.py:11",
        "test_shop.py:13: the marker 'task' takes an id as text, not 7",
        "test_shop.py:3: test_unknown depends on unknown test 'xyzzy'",
    ]


def test_nothing_runs_after_a_mistake(pytester, phaserun):
    result = run_file(pytester, phaserun, MISTAKES)

    assert "a test ran" not in result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(["* no tests ran in *"])


def test_mistakes_have_no_traceback(pytester, phaserun):
    result = run_file(pytester, phaserun, MISTAKES)

    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output


def test_mistakes_in_tests_that_are_not_selected_stay_silent(pytester, phaserun):
    body = MISTAKES + "def test_good(): ..."

    result = run_file(pytester, phaserun, body, "-k", "good")

    result.assert_outcomes(passed=1, deselected=8)


def test_mistakes_in_prerequisites_are_told(pytester, phaserun):
    body = MISTAKES + "@pytest.mark.depends_on('test_unknown')\ndef test_good(): ..."

    result = run_file(pytester, phaserun, body, "-k", "good")

    assert errors(result) == [
        "test_shop.py:3: test_unknown depends on unknown test 'xyzzy'"
    ]


def test_collection_errors_come_first_with_their_own_exit_code(pytester, phaserun):
    pytester.makepyfile(test_broken="import nonsense")

    result = run_file(pytester, phaserun, MISTAKES)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "E   ModuleNotFoundError: No module named 'nonsense'",
            "*Interrupted: 1 error during collection*",
        ]
    )
    assert "xyzzy" not in result.stdout.str() + result.stderr.str()


GOES_ON = """
    import pytest

    @pytest.mark.depends_on("test_in_the_broken_file")
    def test_lost(): ...

    def test_good(): ...

    @pytest.mark.depends_on("test_good")
    def test_behind_good(): ...
"""


def test_going_on_after_collection_errors_skips_what_needs_unknown_tests(
    pytester, phaserun
):
    pytester.makepyfile(test_broken="import nonsense", test_shop=GOES_ON)

    result = phaserun("--continue-on-collection-errors", "-rs")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2, skipped=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED [[]1[]] test_shop.py:3: test_shop.py:3: test_lost depends on "
            "unknown test 'test_in_the_broken_file'*"
        ]
    )


def test_going_on_after_collection_errors_still_tells_other_mistakes(
    pytester, phaserun
):
    pytester.makepyfile(
        test_broken="import nonsense",
        test_shop="""
        import pytest

        @pytest.mark.task(7)
        def test_one(): ...
        """,
    )

    result = phaserun("--continue-on-collection-errors")

    assert errors(result) == [
        "test_shop.py:3: the marker 'task' takes an id as text, not 7"
    ]
