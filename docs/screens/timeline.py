"""Take the pictures of the timeline: ``python docs/screens/timeline.py``.

Runs the shop and the outcomes of ``docs/examples`` with ``--phase-report``, opens the
reports in Chromium of the system and writes PNGs to ``docs/images``. It takes the
``browser`` extra: ``python -m pip install -e ".[browser]"``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
WIDTH = 1180

#: The name of a picture, the example, its options, light or dark, which test is open.
PICTURES = (
    ("timeline-light", "shop", "--phase-concurrency=4", "light", None),
    ("timeline-dark", "shop", "--phase-concurrency=4", "dark", None),
    ("timeline-details", "outcomes", "--phase-timeout=1", "light", "test_fails"),
)


def main() -> None:
    """Take all pictures, and say how large they are."""
    IMAGES.mkdir(exist_ok=True)
    with open_browser() as browser:
        for name, example, options, scheme, opened in PICTURES:
            path = IMAGES / f"{name}.png"
            with run_example(example, options) as report:
                take(browser, report, path, scheme=scheme, opened=opened)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium found; install it, as by: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@contextmanager
def run_example(example: str, options: str) -> Iterator[Path]:
    """Run an example, and give its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [f"--phase-report={report}", *options.split()]
        # The examples may fail: some do so on purpose.
        subprocess.run(
            [*command, f"docs/examples/{example}"],
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        yield report


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
    page.screenshot(path=path, clip=clip)
    page.close()


if __name__ == "__main__":
    main()
