"""Pictures of the report of a run, down to the end of the timeline."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import save
from runs import copy_example, make_command, make_environment

WIDTH = 1180

#: The name of a picture, the example, its options, light or dark, which test is open.
PICTURES = (
    ("timeline-light", "shop", "--phase-concurrency=4", "light", None),
    ("timeline-dark", "shop", "--phase-concurrency=4", "dark", None),
    ("timeline-details", "outcomes", "--phase-timeout=1", "light", "test_fails"),
)


def take_pictures(browser: Any, folder: Path) -> Iterator[Path]:
    """Take each picture; yield its path."""
    for name, example, options, scheme, opened in PICTURES:
        path = folder / f"{name}.png"
        with run_example(example, options) as report:
            take(browser, report, path, scheme=scheme, opened=opened)
        yield path


@contextmanager
def run_example(example: str, options: str) -> Iterator[Path]:
    """Run an example, and give its report."""
    command = "python -m pytest -q -p phaserun --phase-report=report.html"
    with copy_example(example) as folder:
        # The examples may fail: some do so on purpose.
        subprocess.run(
            make_command(f"{command} {options}"),
            cwd=folder,
            env=make_environment(),
            check=False,
            stdout=subprocess.DEVNULL,
        )
        yield folder / "report.html"


def take(
    browser: Any, report: Path, path: Path, *, scheme: str, opened: str | None
) -> None:
    """Take a picture of the top of a report, down to the end of the timeline."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 900}, color_scheme=scheme
    )
    page.goto(report.as_uri())
    if opened is not None:
        page.get_by_role("option").filter(has_text=opened).first.click()
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)  # for the picture to be drawn
    box = page.locator("#timeline").bounding_box()
    height = min(box["y"] + box["height"] + 16, 900)
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    save(page.screenshot(clip=clip), path)
    page.close()
