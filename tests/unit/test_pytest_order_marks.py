"""What the mark of pytest-order says, and what its names mean."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from nodes import Suite

from pytest_phaserun.markers.declared import Declaration
from pytest_phaserun.markers.dialects.pytest_order import OrderDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.selection import Selection, select
from pytest_phaserun.model import When

order = pytest.mark.order


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


@pytest.fixture
def my(request: pytest.FixtureRequest) -> pytest.MarkGenerator:
    """Offer the marks ``my1``, ``my3`` and ``my15``."""
    for number in (1, 3, 15):
        request.config.addinivalue_line("markers", f"my{number}: an ordinal")
    return pytest.mark


def make_dialect(**options: object) -> OrderDialect:
    """Make the dialect of a run with these options."""

    def getoption(flag: str, default: object = None) -> object:
        return options.get(flag.strip("-").replace("-", "_"), default)

    return OrderDialect(SimpleNamespace(getoption=getoption))


def read(item: pytest.Item, **options: object) -> Declaration:
    """Read marks that are right."""
    problems: list[str] = []
    declaration = Reader([make_dialect(**options)]).read(item, problems)
    assert problems == []
    return declaration


def complaints(item: pytest.Item) -> list[str]:
    """Read marks that are wrong."""
    problems: list[str] = []
    Reader([make_dialect()]).read(item, problems)
    return problems


def choose(suite: Suite, *wanted: int, **options: object) -> Selection:
    """Select some tests of a suite, or all of them."""
    items = [suite.items[place] for place in wanted] or suite.items
    return select(suite.items, items, Reader([make_dialect(**options)]))


def edges(selection: Selection) -> dict[str, list[str]]:
    """Return what each test waits for, each without its file."""
    assert selection.problems == []
    assert selection.unresolved == []
    return {
        _short(item): [_short(other) for edge in found for other in edge.items]
        for item, found in zip(selection.items, selection.edges, strict=True)
        if found
    }


def _short(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]


# Ordinals


@pytest.mark.parametrize(
    "ordinals",
    [
        [0, 1, 2, 10, None, -10, -2, -1],
        ["first", "second", "third", "eighth", None, "eighth_to_last", "last"],
        ["first", 1, "third", None, "third_to_last", -2, "last"],
    ],
)
def test_lower_ordinals_have_lower_priorities(suite, ordinals):
    found = []
    for number, ordinal in enumerate(ordinals):
        marks = [] if ordinal is None else [order(ordinal)]
        item = suite.add(f"test_x.py::test_{number}", *marks)
        found.append(read(item).priority)

    assert found == sorted(set(found))


def test_test_without_ordinal_stands_in_the_middle(suite):
    assert read(suite.add("test_x.py::test_a", order(after="test_b"))).priority == 0


def test_ordinal_may_be_given_by_name(suite):
    by_name = suite.add("test_x.py::test_a", order(index=3))
    by_place = suite.add("test_x.py::test_b", order(3))

    assert read(by_name) == read(by_place)


def test_words_mean_numbers(suite):
    for word, number in (("second", 1), ("last", -1), ("second_to_last", -2)):
        by_word = suite.add(f"test_x.py::test_{word}", order(word))
        by_number = suite.add(f"test_x.py::test_{number}", order(number))

        assert read(by_word) == read(by_number)


def test_nearest_ordinal_counts(suite):
    inherited = suite.add("test_x.py::TestA::test_a", on_class=[order(1)])
    own = suite.add("test_x.py::TestA::test_b", order(5))
    five = suite.add("test_x.py::test_c", order(5))
    one = suite.add("test_x.py::test_d", order(1))

    assert read(own).priority == read(five).priority
    assert read(inherited).priority == read(one).priority


def test_marks_with_the_prefix_hold_an_ordinal(suite, my):
    third = suite.add("test_x.py::test_a", my.my3)
    first = suite.add("test_x.py::test_b", my.my1)
    late = suite.add("test_x.py::test_c", my.my15)

    priorities = [
        read(item, order_marker_prefix="my").priority for item in (first, third, late)
    ]

    assert priorities == sorted(set(priorities))


def test_mark_goes_before_marks_with_the_prefix(suite, my):
    both = suite.add("test_x.py::test_a", my.my3, order(7))
    seven = suite.add("test_x.py::test_b", order(7))

    assert read(both, order_marker_prefix="my") == read(seven)


# Before and after


def test_after_waits_and_before_lets_wait(suite):
    suite.add("test_x.py::test_third", order(after="test_second"))
    suite.add("test_x.py::test_second")
    suite.add("test_x.py::test_first", order(before="test_second"))

    selection = choose(suite)

    assert edges(selection) == {
        "test_third": ["test_second"],
        "test_second": ["test_first"],
    }
    assert {edge.when for each in selection.edges for edge in each} == {When.FINISHED}


def test_before_and_after_of_all_levels_add_up(suite):
    suite.add(
        "test_x.py::TestA::test_a",
        order(after=["test_b", "test_c"]),
        on_class=[order(1, after="test_d")],
    )
    suite.add_all("test_x.py::test_b", "test_x.py::test_c", "test_x.py::test_d")

    assert edges(choose(suite)) == {"TestA::test_a": ["test_b", "test_c", "test_d"]}


def test_order_pulls_nothing_in(suite):
    suite.add("test_x.py::test_a", order(after="test_b", before="test_c"))
    suite.add("test_x.py::test_b")
    suite.add("test_x.py::test_c")

    assert choose(suite, 0).items == [suite.items[0]]
    assert choose(suite, 2).items == [suite.items[2]]


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("test_b", ["TestA::test_b"]),
        ("TestB::test_b", ["TestB::test_b"]),
        ("test_c", ["test_c[1]", "test_c[2]"]),
        ("test_c[2]", ["test_c[2]"]),
        ("TestB", ["TestB::test_b"]),
        ("a/test_y.py::test_d", ["test_d"]),
        ("test_y.py::test_d", ["test_d"]),
        ("test_only", ["test_only"]),
        ("../test_x.py::test_b", None),
    ],
)
def test_name_means_what_is_around_the_test(suite, name, means):
    suite.add("a/test_x.py::TestA::test_a", order(after=name))
    suite.add("a/test_x.py::TestA::test_b")
    suite.add("a/test_x.py::TestB::test_b")
    suite.add("a/test_x.py::test_c[1]")
    suite.add("a/test_x.py::test_c[2]")
    suite.add("a/test_y.py::test_d")
    suite.add("b/test_y.py::test_d")
    suite.add("b/test_y.py::test_only")

    selection = choose(suite)

    if means is None:
        assert len(selection.unresolved) == 1
    else:
        assert edges(selection) == {"TestA::test_a": means}


def test_mark_of_a_class_is_not_about_its_own_methods(suite):
    suite.add("test_x.py::TestA::test_a", on_class=[order(after="test_b")])
    suite.add("test_x.py::TestA::test_b")
    suite.add("test_x.py::test_b")

    assert edges(choose(suite)) == {
        "TestA::test_a": ["test_b"],
        "TestA::test_b": ["test_b"],
    }


def test_class_after_a_class_waits_for_all_its_tests(suite):
    for name in ("test_1", "test_2"):
        suite.add(f"test_x.py::TestA::{name}", on_class=[order(after="TestB")])
    suite.add_all("test_x.py::TestB::test_1", "test_x.py::TestB::test_2")

    both = ["TestB::test_1", "TestB::test_2"]
    assert edges(choose(suite)) == {"TestA::test_1": both, "TestA::test_2": both}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["TestA::test_b", "TestB::test_c", "test_d", "test_e"]),
        ({"order_scope": "session", "order_scope_level": 0}, "all"),
        ({"order_scope": "module"}, ["TestA::test_b", "TestB::test_c"]),
        ({"order_scope": "class"}, ["TestA::test_b"]),
        ({"order_scope_level": 1}, ["TestA::test_b", "TestB::test_c", "test_d"]),
    ],
)
def test_order_counts_in_its_scope(suite, options, expected):
    names = ["TestA::test_b", "TestB::test_c", "a/test_y.py::test_d", "test_e"]
    suite.add("a/test_x.py::TestA::test_a", order(after=names))
    suite.add("a/test_x.py::TestA::test_b")
    suite.add("a/test_x.py::TestB::test_c")
    suite.add("a/test_y.py::test_d")
    suite.add("b/test_z.py::test_e")

    everything = ["TestA::test_b", "TestB::test_c", "test_d", "test_e"]
    wanted = everything if expected == "all" else expected
    assert edges(choose(suite, **options)) == {"TestA::test_a": wanted}


def test_name_in_a_file_that_was_left_out_is_no_mistake(suite, request):
    # The files of these suites are not there, but that of this test is.
    here = request.path.relative_to(request.config.rootpath).as_posix()
    folder = here.rpartition("/")[0]
    suite.add(f"{folder}/test_none.py::test_a", order(after=f"{here}::test_b"))

    assert edges(choose(suite)) == {}


def test_unknown_names_are_told_with_the_nearest_known_one(suite):
    suite.add("test_x.py::test_login", order(before="test_lgout"))
    suite.add("test_x.py::test_logout", order(after="test_lgin"))

    found = [text for _, text in choose(suite).unresolved]

    assert found[0].startswith(
        "test_x.py:1: test_login comes before unknown test 'test_lgout'; did you mean "
        "'test_logout'"
    )
    assert found[1].startswith(
        "test_x.py:2: test_logout depends on unknown test 'test_lgin'; did you mean "
        "'test_login'"
    )


def test_unknown_scope_is_a_usage_error():
    with pytest.raises(pytest.UsageError) as error:
        make_dialect(order_scope="function")

    assert str(error.value) == (
        "--order-scope: 'function' is not valid; allowed: class, module, session"
    )


# Mistakes


def some_test() -> None: ...


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (
            order("frist"),
            "takes as ordinal a whole number or a word as 'first', 'second_to_last', "
            "'last', not 'frist'; did you mean 'first'?",
        ),
        (
            order(1.5),
            "takes as ordinal a whole number or a word as 'first', 'second_to_last', "
            "'last', not 1.5",
        ),
        (order(1, 2), "takes one ordinal"),
        (order(1, index=2), "takes one ordinal"),
        (order, "says nothing; give it an ordinal, before= or after="),
        (
            order(behind="a"),
            "has no argument 'behind'; use index, before and after",
        ),
        (order(after=[3]), "takes names as text in after=, not 3"),
        (
            order(before=some_test),
            "takes names as text in before=, not some_test itself; write 'some_test'",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(suite, mark, text):
    item = suite.add("test_x.py::test_a", mark)

    assert complaints(item) == [f"test_x.py:1: the marker 'order' {text}"]
