"""Every scenario ends on every driver as its table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import filter as fnmatch_filter
from importlib.util import find_spec

import pytest

from .bodies import DRIVERS, why_not
from .running import run_alone, run_together
from .scenario import Result, Scenario
from .tables import SCENARIOS


def is_run(scenario: Scenario, driver: str) -> bool:
    """Tell whether a scenario is for a driver, and its plugins are installed."""
    difference = scenario.differs.get(driver)
    is_for_it = difference is None or difference.lacks is not None
    return is_for_it and all(is_installed(name) for name in scenario.needs)


def is_installed(name: str) -> bool:
    """Tell whether there is a module of a plugin."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


Together = Callable[[str], Mapping[str, Result]]


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Together:
    """Run what needs no run of its own, once on each driver."""
    known: dict[str, Mapping[str, Result]] = {}

    def find(driver: str) -> Mapping[str, Result]:
        if driver not in known:
            folder = tmp_path_factory.mktemp(driver)
            scenarios = [x for x in SCENARIOS if x.code is None and is_run(x, driver)]
            known[driver] = run_together(folder, driver, scenarios)
        return known[driver]

    return find


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenario_ends_alike(scenario, driver, together, tmp_path):
    if reason := why_not(driver):
        pytest.skip(reason)
    if not is_run(scenario, driver):
        pytest.skip("not for this driver, or a plugin is missing")

    if scenario.code is None:
        result = together(driver)[scenario.name]
    else:
        result = run_alone(tmp_path / "suite", driver, scenario)

    difference = scenario.differs.get(driver)
    lacks = () if difference is None else difference.lacks
    outcomes = dict(result.outcomes)
    for name in scenario.perhaps:
        outcomes.pop(name, None)
    assert outcomes == scenario.outcomes
    assert result.code == (1 if scenario.code is None else scenario.code)
    lines = result.output.splitlines()
    said = [text for text in scenario.says if fnmatch_filter(lines, text)]
    assert said == [text for text in scenario.says if text not in lacks]
    if scenario.check is not None:
        scenario.check(result)
