"""The view of a run on the page is what is drawn."""

from __future__ import annotations

from pages import ROOT

from pytest_phaserun.views.live import LiveState, Running, Signs, render

PAGE = ROOT / "docs/how-to/watch-a-run.md"

RUNNING = {
    "tests/test_reports.py::test_yearly_report": 31.0,
    "tests/test_orders.py::test_refund[card]": 4.0,
    "tests/test_orders.py::test_refund[voucher]": 2.5,
    "tests/test_baskets.py::test_merge": 1.0,
    **{f"tests/test_about.py::test_{number}": 0.1 for number in range(4)},
}
STATE = LiveState(
    began=0.0,
    phase=2,
    phases=4,
    done=103,
    total=120,
    counts={"passed": 98, "failed": 2, "blocked": 3},
    running=[Running(name=name, began=42.0 - age) for name, age in RUNNING.items()],
    left=9.0,
)


def test_page_shows_the_view() -> None:
    rows = render(STATE, 42.0, 110, signs=Signs())

    assert "```text\n{}\n```".format("\n".join(rows)) in PAGE.read_text(
        encoding="utf-8"
    )
