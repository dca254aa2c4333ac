"""A real browser for the pages that are made of runs; skipped where there is none.

It takes the ``browser`` extra and Chromium of the system.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: Names under which systems have it.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = [
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Every way to end, and text that would like to be more than that.
SUITE = Path(__file__).with_name("ways_to_end.py")


# No longer than a module: as long as it is there, nothing else may use asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium, with an empty profile of its own."""
    api = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium found")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a run in which tests ended in every way."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "test_suite.py").write_text(SUITE.read_text())
    path = folder / "report.html"
    options = f"--phase-report={path} --phase-concurrency=3 --phase-grace=0.3"
    plain = ("--disable-plugin-autoload", "-c", "none.ini", "-p", "no:cacheprovider")
    (folder / "none.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, "-p", "phaserun", *options.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return path


class Visit:
    """Opens pages, and sees to it that they load nothing and complain of nothing."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def __call__(self, path: Path, anchor: str = "", **options: Any) -> Any:
        """Return the page; ``options`` are those of a context of playwright."""
        page = self.open(**options)
        page.goto(f"{path.as_uri()}{anchor}")
        return page

    def open(self, **options: Any) -> Any:
        """Return an empty page."""
        size = {"width": options.pop("width", 1280), "height": 900}
        context = self._browser.new_context(viewport=size, **options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        return page

    def leave(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Open pages; that they load nothing and complain of nothing is checked."""
    visit = Visit(browser)
    yield visit
    visit.leave()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith("file:")] == []
