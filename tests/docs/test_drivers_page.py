"""The page on drivers names what differs by design, and nothing else."""

from __future__ import annotations

from drivers.tables import SCENARIOS
from pages import ROOT, read_table

PAGE = ROOT / "docs" / "explanation" / "drivers.md"


def test_page_names_what_differs_in_a_scenario():
    shown = {each.row for scenario in SCENARIOS for each in scenario.differs.values()}

    assert {row[0] for row in read_table(PAGE, "## Differences")} == shown
