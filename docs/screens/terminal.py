"""Pictures of a terminal in which the shop is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import window
from browser import save
from emulator import run
from runs import copy_example, make_command, make_environment

COLUMNS = 100

#: A run takes long enough to be watched if the systems around the shop do.
SLOW = {"SHOP_SLOWNESS": "10"}

FIRST_RUN = "python -m pytest -p phaserun -q"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture to take.

    :ivar command: what is run, after a first run of all tests.
    :ivar rows: the height of the terminal; what is empty at its end is left out.
    :ivar moment: what the rows show when the picture is taken; ``None`` for the end.
    """

    name: str
    command: str
    rows: int
    moment: re.Pattern[str] | None = None


PICTURES = (
    Picture(
        name="live-view",
        command="python -m pytest -p phaserun -v",
        rows=18,
        # Four tests have run for some seconds, not equally long, in the last rows.
        moment=re.compile(
            r"phase [345] of 5 .* left\n"
            r" +0:0([2-9])  .*\n( +0:0[1-9]  .*\n){2} +0:0(?!\1)[1-9]  .*\s*\Z"
        ),
    ),
    Picture(
        name="plan",
        command="python -m pytest -p phaserun -q --phase-plan tests/test_reports.py",
        rows=60,
    ),
)


def take_pictures(browser: Any, folder: Path) -> Iterator[Path]:
    """Run the shop once, so that times are known; take each picture; yield its path."""
    environment = make_environment(**SLOW)
    with copy_example("shop") as shop:
        run(make_command(FIRST_RUN), shop, environment, COLUMNS, rows=24)
        for each in PICTURES:
            command = make_command(each.command)
            screen = run(
                command, shop, environment, COLUMNS, each.rows, until=each.moment
            )
            path = folder / f"{each.name}.png"
            take(browser, window.render(screen, title=each.command), path)
            yield path


def take(browser: Any, html: str, path: Path) -> None:
    """Take a picture of a window, twice as fine as its pixels."""
    page = browser.new_page(device_scale_factor=2)
    page.set_content(html)
    save(page.locator("main").screenshot(omit_background=True), path)
    page.close()
