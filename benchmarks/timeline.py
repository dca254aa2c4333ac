"""Measure how fluent a report is in a browser: ``python benchmarks/timeline.py``.

Takes the ``browser`` extra and Chromium. A report of many tests of three stages each is
loaded and drawn at many zooms. The same bars are drawn as elements of one SVG, which is
what the report does not do.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import Attempt, Run, Stage, TestRun
from pytest_phaserun.views.timeline.page import render

TESTS = 10_000
SLOTS = 8
SECONDS = 0.05
ROUNDS = 5
WHENS = ("setup", "call", "teardown")

#: Milliseconds from a change to the next frame, the median of 20 changes.
FRAMES = """async change => {
    const act = new Function("n", change);
    const spans = [];
    for (let n = 0; n < 20; n += 1) {
        const began = performance.now();
        act(n);
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        spans.push(performance.now() - began);
    }
    return spans.sort((a, b) => a - b)[10];
}"""
ZOOM_REPORT = """
    const button = n % 8 === 7 ? "Show the whole run" : "Zoom in";
    document.querySelector(`button[title="${button}"]`).click();
"""
ZOOM_SVG = "document.querySelector('svg').setAttribute('width', `${100 + 100 * n}%`);"


def make_test(place: int) -> TestRun:
    """Return a test of three stages."""
    row, slot = divmod(place, SLOTS)
    begin, third = row * SECONDS, SECONDS / 3
    stages = tuple(
        Stage(when=when, outcome="passed", start=begin + n * third, duration=third)
        for n, when in enumerate(WHENS)
    )
    attempt = Attempt(
        slot=slot, start=begin, end=begin + SECONDS, status=Status.COMPLETED
    )
    name = f"tests/test_{place // 100}.py::test_{place}"
    return TestRun(
        place=place, id=name, nodeid=name, phase=1, attempts=(attempt,), stages=stages
    )


def make_run() -> Run:
    """Return the run of which the report is."""
    return Run(
        began=0.0,
        ended=TESTS / SLOTS * SECONDS,
        exit_code=0,
        concurrency=SLOTS,
        schedule="phase",
        executor="threads",
        root="/project",
        pytest="9",
        python="3",
        tests=tuple(map(make_test, range(TESTS))),
    )


def draw_svg(run: Run) -> str:
    """Return a page with an element for each stage."""
    wall = run.last
    bars = "".join(
        f'<rect x="{100 * stage.start / wall:.4f}%" y="{26 * test.attempts[0].slot}" '
        f'width="{100 * stage.duration / wall:.4f}%" height="18" fill="#2a7f74"/>'
        for test in run.tests
        for stage in test.stages
    )
    return f'<!DOCTYPE html><svg width="100%" height="300">{bars}</svg>'


def measure(browser: Any, path: Path, change: str) -> tuple[float, float]:
    """Return the milliseconds to load a page, and from a change to its frame."""
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(path.as_uri())
    loaded = (time.perf_counter() - began) * 1000
    frame: float = page.evaluate(FRAMES, change)
    page.close()
    return loaded, frame


def main() -> None:
    """Print milliseconds, the medians of some rounds."""
    run = make_run()
    began = time.perf_counter()
    report = render(run)
    made = time.perf_counter() - began
    print(f"{TESTS:,} tests: made in {made:.2f} s, {len(report) / 1e6:.1f} MB")
    pages = {"report": (report, ZOOM_REPORT), "svg": (draw_svg(run), ZOOM_SVG)}
    chromium = shutil.which("chromium") or sys.exit("no Chromium found")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
        for _ in range(ROUNDS):
            # In turn, so that a busy machine slows down both alike.
            for name, (text, change) in pages.items():
                path = Path(folder) / f"{name}.html"
                path.write_text(text, encoding="utf-8")
                found[name].append(measure(browser, path, change))
        browser.close()
    print(f"{'page':10}{'load':>8}{'zoom':>8}  (ms)")
    for name, times in found.items():
        load, frame = map(statistics.median, zip(*times, strict=True))
        print(f"{name:10}{load:8.0f}{frame:8.1f}")


if __name__ == "__main__":
    main()
