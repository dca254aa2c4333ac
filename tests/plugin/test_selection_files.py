"""Prerequisites in files that the command line did not name."""

from __future__ import annotations

import pytest

from .folders import write
from .reading import errors, order, skip_reasons

LOG_IN = """
    import pytest

    @pytest.mark.task("account")
    def test_create_account(): ...

    @pytest.mark.depends_on("account")
    def test_log_in(): ...
"""
ORDER = """
    import pytest

    @pytest.mark.depends_on("test_log_in")
    def test_place_order(): ...

    def test_other(): ...
"""
UNREADABLE = "import nowhere_to_be_found"


@pytest.fixture
def shop(pytester):
    """Write a suite in two folders."""
    write(pytester, users__test_log_in=LOG_IN, orders__test_order=ORDER)
    return pytester


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "selection",
    [
        ["orders/test_order.py::test_place_order"],
        ["orders", "-k", "place"],
        ["orders/test_order.py", "--deselect", "orders/test_order.py::test_other"],
        ["-m", "depends_on", "orders/test_order.py"],
    ],
    ids=["node-id", "folder-and-k", "file-and-deselect", "file-and-m"],
)
def test_part_of_a_suite_runs_the_same_tests_as_without_other_files(
    phaserun, selection
):
    result = phaserun("-v", *selection)

    assert order(result) == ["test_create_account", "test_log_in", "test_place_order"]
    result.assert_outcomes(passed=3, deselected="::" not in selection[0])


@pytest.mark.usefixtures("shop")
def test_named_file_runs_as_a_whole_with_what_it_needs_from_elsewhere(phaserun):
    result = phaserun("-v", "orders/test_order.py")

    assert set(order(result)) == {
        "test_create_account",
        "test_log_in",
        "test_place_order",
        "test_other",
    }


@pytest.mark.usefixtures("shop")
def test_cold_and_warm_runs_are_the_same(phaserun):
    node = "orders/test_order.py::test_place_order"
    cold = phaserun("-v", "-p", "no:cacheprovider", node)
    phaserun()

    warm = phaserun("-v", node)

    assert order(cold) == order(warm)
    assert order(cold) == ["test_create_account", "test_log_in", "test_place_order"]


@pytest.mark.usefixtures("shop")
def test_files_that_were_not_named_are_counted(phaserun):
    result = phaserun("orders/test_order.py::test_place_order")

    result.stdout.fnmatch_lines(
        [
            "collected 3 items",
            "phaserun: 3 tests in 3 phases, "
            "2 prerequisites pulled in from 1 file that was not named",
        ]
    )


def test_prerequisites_of_named_and_other_files_are_counted_apart(pytester, phaserun):
    write(
        pytester,
        test_a="""
            import pytest

            @pytest.mark.depends_on("test_b", "test_c", "test_d")
            def test_a(): ...

            def test_b(): ...
        """,
        test_c="def test_c(): ...",
        test_d="def test_d(): ...",
    )

    result = phaserun("test_a.py::test_a")

    result.stdout.fnmatch_lines(
        [
            "collected 4 items",
            "phaserun: 4 tests in 2 phases, 3 prerequisites pulled in, "
            "2 of them from 2 files that were not named",
        ]
    )


@pytest.mark.usefixtures("shop")
def test_collect_only_shows_what_would_run(phaserun):
    result = phaserun("--collect-only", "-q", "orders/test_order.py::test_place_order")

    assert result.stdout.lines[:3] == [
        "users/test_log_in.py::test_create_account",
        "users/test_log_in.py::test_log_in",
        "orders/test_order.py::test_place_order",
    ]
    result.stdout.fnmatch_lines(["3 tests collected in *"])


@pytest.mark.usefixtures("shop")
def test_plan_of_a_part_has_its_prerequisites(phaserun):
    result = phaserun("--phase-plan", "orders/test_order.py::test_place_order")

    result.stdout.fnmatch_lines(["phase 3 of 3: 1 test"])


def test_chain_leads_through_several_files(pytester, phaserun):
    for name, before in ("ab", "bc", "cd"):
        text = f"import pytest\n@pytest.mark.depends_on('{before}')\n"
        text += f"@pytest.mark.task('{name}')\ndef test_{name}(): ..."
        write(pytester, **{f"{name}__test_{name}": text})
    write(
        pytester, d__test_d="import pytest\n@pytest.mark.task('d')\ndef test_d(): ..."
    )

    result = phaserun("-v", "a/test_a.py")

    assert order(result) == ["test_d", "test_c", "test_b", "test_a"]


@pytest.mark.parametrize("names", ["'db', 'test_c.py'", "'db/*', 'test_?.py'"])
def test_files_folders_and_globs_as_prerequisites_are_found_whole(
    pytester, phaserun, names
):
    write(
        pytester,
        test_a=f"import pytest\n@pytest.mark.depends_on({names})\ndef test_a(): ...",
        db__test_1="def test_1(): ...",
        db__test_2="def test_2(): ...",
        test_c="def test_c(): ...",
    )

    result = phaserun("-v", "test_a.py", "db/test_1.py")

    assert sorted(order(result)) == ["test_1", "test_2", "test_a", "test_c"]


def test_name_that_no_file_spells_out_is_found_all_the_same(pytester, phaserun):
    write(
        pytester,
        test_a="import pytest\n@pytest.mark.depends_on('step-1')\ndef test_a(): ...",
        test_b="""
            import pytest

            @pytest.mark.task("step" + "-1")
            def test_b(): ...
        """,
    )

    result = phaserun("-v", "test_a.py")

    assert order(result) == ["test_b", "test_a"]


# What else is collected


NOTE_IMPORT = "open('imported', 'a').write(__name__ + ' ')\ndef test_it(): ..."


def read_imported(pytester: pytest.Pytester) -> str:
    """Return the names of imported files that note it."""
    path = pytester.path / "imported"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_files_that_do_not_have_the_name_are_not_imported(shop, phaserun):
    write(shop, test_note=NOTE_IMPORT)

    phaserun("orders/test_order.py").assert_outcomes(passed=4)

    assert read_imported(shop) == ""


def test_nothing_else_is_collected_where_names_stay_in_their_file(pytester, phaserun):
    write(
        pytester,
        test_a="""
            import pytest

            @pytest.mark.depends_on("test_b")
            def test_a(): ...

            def test_b(): ...
        """,
        test_note=NOTE_IMPORT + "  # test_b",
        sub__conftest=NOTE_IMPORT,
    )

    phaserun("test_a.py").assert_outcomes(passed=2)

    assert read_imported(pytester) == ""


def test_ignored_files_stay_ignored(shop, phaserun):
    result = phaserun("orders", "--ignore=users")

    assert errors(result) == [
        "orders/test_order.py:3: test_place_order depends on unknown test 'test_log_in'"
    ]


def test_whole_suite_is_what_testpaths_say(shop, phaserun):
    shop.makeini("[pytest]\ntestpaths = orders\n")

    result = phaserun("orders/test_order.py")

    assert errors(result) == [
        "orders/test_order.py:3: test_place_order depends on unknown test 'test_log_in'"
    ]


def test_testpaths_are_looked_into_from_a_folder_below(shop, phaserun, monkeypatch):
    shop.makeini("[pytest]\ntestpaths = or* users\n")
    monkeypatch.chdir(shop.path / "orders")

    result = phaserun("-v", "test_order.py::test_place_order")

    assert order(result) == ["test_create_account", "test_log_in", "test_place_order"]


def test_folder_below_that_is_run_as_a_whole_finds_what_is_elsewhere(
    shop, phaserun, monkeypatch
):
    shop.makeini("[pytest]\n")
    monkeypatch.chdir(shop.path / "orders")

    result = phaserun("-v")

    result.assert_outcomes(passed=4)


# Errors in files that were not named


def test_errors_elsewhere_do_not_matter_where_the_name_is_found(shop, phaserun):
    write(shop, test_bad="# test_log_in\n" + UNREADABLE, sub__conftest=UNREADABLE)

    result = phaserun("orders/test_order.py")

    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=4)


def test_errors_elsewhere_are_told_where_the_name_stays_unknown(pytester, phaserun):
    write(
        pytester,
        test_a="import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_a(): ...",
        test_bad=UNREADABLE,
    )

    result = phaserun("test_a.py")

    assert errors(result) == [
        "test_a.py:2: test_a depends on unknown test 'xyzzy'; not looked into: "
        "test_bad.py (ModuleNotFoundError: No module named 'nowhere_to_be_found')"
    ]


def test_of_many_files_with_errors_some_are_named(pytester, phaserun):
    files = {f"test_{number}": UNREADABLE for number in range(4)}
    text = "import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_a(): ..."
    write(pytester, test_a=text, **files)

    (line,) = errors(phaserun("test_a.py"))

    assert line.count("nowhere_to_be_found") == 3
    assert line.endswith(", ...")


def test_errors_in_named_files_stay_first(shop, phaserun):
    write(shop, orders__test_bad=UNREADABLE)

    result = phaserun("orders")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)


def test_going_on_with_errors_finds_what_is_in_other_files(shop, phaserun):
    write(shop, orders__test_bad=UNREADABLE)

    result = phaserun("orders", "--continue-on-collection-errors")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=4, errors=1)


def test_going_on_with_errors_skips_what_depends_on_unknown_tests(pytester, phaserun):
    text = "import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_a(): ..."
    write(pytester, test_a=text, test_bad=UNREADABLE)

    result = phaserun(
        "-rs", "--continue-on-collection-errors", "test_a.py", "test_bad.py"
    )

    assert skip_reasons(result) == [
        "test_a.py:2: test_a depends on unknown test 'xyzzy'"
    ]
    result.assert_outcomes(skipped=1, errors=1)


# Other options, and what is named more than once


@pytest.mark.parametrize("option", ["--ff", "--nf", "--sw"])
@pytest.mark.usefixtures("shop")
def test_orders_of_pytest_find_prerequisites_in_other_files(phaserun, option):
    result = phaserun("-v", option, "orders/test_order.py::test_place_order")

    assert order(result) == ["test_create_account", "test_log_in", "test_place_order"]


@pytest.mark.usefixtures("shop")
def test_what_is_named_as_well_is_not_pulled_in_again(phaserun):
    result = phaserun("orders", "users")

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["phaserun: 4 tests in 3 phases"])


@pytest.mark.usefixtures("shop")
def test_what_a_file_needs_that_is_named_twice_is_pulled_in_once(phaserun):
    result = phaserun("--keep-duplicates", *["orders/test_order.py"] * 2)

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["phaserun: 6 tests *, 2 prerequisites pulled in *"])
