"""Which dialects are read, and that each of them is told to pytest."""

from __future__ import annotations

import pytest

from pytest_phaserun.markers.declared import OWN
from pytest_phaserun.markers.dialects.table import DIALECTS, choose_dialects
from pytest_phaserun.markers.registered import ORIGINS


def chosen(config: pytest.Config, names: list[str] | None) -> list[str]:
    """Return the names of those that are read."""
    return [each.name for each in choose_dialects(config, names)]


def test_all_that_are_known_are_read_and_ours_last(pytestconfig):
    expected = list(DIALECTS)

    assert chosen(pytestconfig, None) == [*expected, OWN]


@pytest.mark.parametrize("names", [[], ["none"], [OWN]])
def test_ours_can_be_read_alone(pytestconfig, names):
    assert chosen(pytestconfig, names) == [OWN]


@pytest.mark.parametrize("name", DIALECTS)
def test_each_can_be_asked_for(pytestconfig, name):
    assert chosen(pytestconfig, [name]) == [name, OWN]


#: The mark of these is called as one of ours.
NAMESAKES = ("keywords", "pytest-depends-on")


@pytest.mark.parametrize("name", [n for n in DIALECTS if n not in NAMESAKES])
def test_each_is_known_to_pytest_with_its_marks(pytestconfig, name):
    origin = next(each for each in ORIGINS if each.name == name)

    known = {marker.partition("(")[0].partition(":")[0] for marker in origin.markers}
    assert known
    assert known <= set(choose_dialects(pytestconfig, [name])[0].marks)


def test_unknown_names_are_told_all_at_once_with_the_nearest(pytestconfig):
    with pytest.raises(pytest.UsageError) as caught:
        choose_dialects(pytestconfig, ["pytest-dependancy", "qqq"])

    known = ", ".join([*DIALECTS, "none"])
    assert caught.value.args == (
        "phase_dialects: 'pytest-dependancy' is not known; "
        f"did you mean 'pytest-dependency'? (known: {known})",
        f"phase_dialects: 'qqq' is not known (known: {known})",
    )
