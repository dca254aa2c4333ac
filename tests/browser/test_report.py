"""The report in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

SERIOUS = ("serious", "critical")

#: What some CI servers send with files of jobs: no script, no style but their own.
STRICT = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"


def read_data(report: Path) -> Any:
    """Return what the script of a report reads."""
    text = report.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)<', text)
    return json.loads(found)


def place_of(report: Path, name: str) -> int:
    """Return the number of the test whose id ends so."""
    tests = read_data(report)["tests"]
    (place,) = (n for n, test in enumerate(tests) if test["id"].endswith(name))
    return place


def rows(page: Any) -> list[str]:
    """Return the names in the list of tests."""
    return page.locator("#list .row code").all_text_contents()


def point_of(report: Path, page: Any, place: int) -> tuple[float, float]:
    """Return where in the canvas the first start of a test lies."""
    data = read_data(report)
    start = data["tests"][place]["starts"][0]
    box = page.locator("canvas").bounding_box()
    share = sum(start["span"]) / 2 / data["wall"]
    height_of_phases = 22 * (1 + max(band["row"] for band in data["bands"])) + 4
    return 76 + share * (box["width"] - 80), height_of_phases + 26 * start["lane"] + 13


def find_faults(page: Any) -> list[str]:
    """Return what axe-core has against a page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def test_page_loads_nothing_and_complains_of_nothing(visit, report):
    visit(report)

    assert visit.requests == [report.as_uri()]
    assert visit.complaints == []


def test_filter_by_name_leaves_the_tests_that_match(visit, report):
    page = visit(report)

    page.get_by_role("searchbox").fill("_ORDER")

    assert [name.rpartition("::")[2] for name in rows(page)] == [
        "test_place_order",
        "test_ship_order",
    ]
    assert page.locator("#tests h2").inner_text().endswith("2 of 10")


def test_outcomes_are_switches(visit, report):
    page = visit(report)
    switch = page.get_by_role("button", name="passed", exact=False).first

    switch.click()

    kinds = page.locator("#list .row .mark").all_text_contents()
    assert "✕" in kinds
    assert switch.get_attribute("aria-pressed") == "false"
    switch.click()
    assert len(rows(page)) == 10


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("worst first", "test_log_in"),
        ("slowest first", "test_hang"),
        ("by name", "test_change_clock"),
    ],
)
def test_list_can_be_sorted(visit, report, order, first):
    page = visit(report)

    page.get_by_label("Order of the tests").select_option(order)

    assert rows(page)[0].endswith(first)


def test_list_can_be_in_the_order_of_starts(visit, report):
    page = visit(report)

    page.get_by_label("Order").select_option("in the order of their starts")

    data = read_data(report)["tests"]
    begins = {test["id"]: test["starts"][0]["span"] for test in data if test["starts"]}
    started = [begins[name] for name in rows(page) if name in begins]
    assert started == sorted(started)
    assert rows(page)[-1].endswith(("test_place_order", "test_ship_order"))


def test_click_on_a_bar_opens_its_test(visit, report):
    page, place = visit(report), place_of(report, "::test_create_account")
    x, y = point_of(report, page, place)

    page.locator("canvas").click(position={"x": x, "y": y})

    details = page.locator("#details")
    assert details.get_by_role("heading").first.inner_text().endswith("create_account")
    assert page.evaluate("location.hash") == f"#t{place}"


def test_details_tell_outcome_stages_and_output(visit, report):
    page = visit(report)

    page.get_by_role("option", name="test_create_account").click()

    said = page.locator("#details").inner_text()
    for part in ("✓ passed", "setup", "call", "teardown", "Captured stdout call"):
        assert part in said


def test_details_of_a_failure_show_its_traceback(visit, report):
    page = visit(report)

    page.get_by_role("option", name="test_log_in").click()

    assert "raise ValueError(OWNED)" in page.locator("#details pre").first.inner_text()


def test_details_of_a_blocked_test_lead_to_the_root_cause(visit, report):
    page = visit(report, f"#t{place_of(report, '::test_ship_order')}")
    details = page.locator("#details")
    assert "blocked by" in details.inner_text()

    details.get_by_role("link", name="test_log_in").first.click()

    assert details.get_by_role("heading").first.inner_text().endswith("test_log_in")


def test_details_tell_of_the_run_alone_that_confirmed_nothing(visit, report):
    page = visit(report, f"#t{place_of(report, '::test_pass_only_alone')}")

    said = page.locator("#details").inner_text()
    assert "passed only alone" in said
    assert "attempt 1" in said
    assert "attempt 2" in said


def test_address_opens_a_test_and_the_list_shows_it(visit, report):
    place = place_of(report, "::test_hang")

    page = visit(report, f"#t{place}")

    page.locator("#details").wait_for()
    assert page.locator(f"#row-{place}").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("anchor", ["#t99999", "#nothing", "#t-1"])
def test_address_of_nothing_opens_nothing(visit, report, anchor):
    page = visit(report, anchor)

    page.locator("#details").wait_for(state="hidden")


def test_details_of_a_timeout_name_the_limit(visit, report):
    page = visit(report, f"#t{place_of(report, '::test_hang')}")

    assert "200 ms" in page.locator("#details dl").inner_text()


def test_links_in_the_page_open_tests(visit, report):
    page = visit(report)

    page.locator(".bars a").first.click()

    page.locator("#details").wait_for()


def test_picture_can_be_walked_through_by_keys(visit, report):
    page = visit(report)
    frame = page.locator("#frame")
    frame.focus()

    page.keyboard.press("ArrowRight")
    first = page.get_by_role("status").inner_text()
    page.keyboard.press("ArrowRight")
    second = page.get_by_role("status").inner_text()
    page.keyboard.press("Enter")
    page.locator("#details").wait_for()

    assert first != second
    assert page.locator("#details h2").evaluate("e => e === document.activeElement")
    assert page.locator("#details h2").inner_text() in second
    page.keyboard.press("Escape")
    page.locator("#details").wait_for(state="hidden")
    assert frame.evaluate("e => e === document.activeElement")


def test_keys_zoom_and_zero_shows_all_again(visit, report):
    page = visit(report)
    shown = "document.querySelector('canvas').toDataURL()"
    page.wait_for_timeout(100)  # a picture is drawn before the next frame
    whole = page.evaluate(shown)
    page.locator("#frame").focus()

    page.keyboard.press("+")

    page.wait_for_function(f"whole => {shown} !== whole", arg=whole)
    page.keyboard.press("0")
    page.wait_for_function(f"whole => {shown} === whole", arg=whole)


@pytest.mark.parametrize("name", ["Zoom in", "Zoom out", "Earlier", "Later"])
def test_buttons_zoom_and_move(visit, report, name):
    page = visit(report)
    zoom = page.get_by_role("button", name="Zoom in")
    zoom.click()
    zoom.click()
    page.get_by_role("button", name="Later").click()
    page.wait_for_timeout(100)
    shown = "document.querySelector('canvas').toDataURL()"
    before = page.evaluate(shown)

    page.get_by_role("button", name=name).click()

    page.wait_for_function(f"before => {shown} !== before", arg=before)


def test_list_can_be_walked_through_by_keys(visit, report):
    page = visit(report)
    page.get_by_role("listbox").focus()

    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    page.locator("#details").wait_for()
    assert page.evaluate("location.hash") == "#t8"


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("anchor", ["", "#t1"])
def test_narrow_page_does_not_overflow(visit, report, script, anchor):
    page = visit(report, anchor, width=400, java_script_enabled=script)

    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("anchor", ["", "#t1"])
def test_page_is_accessible(visit, report, scheme, anchor):
    page = visit(report, anchor, color_scheme=scheme)

    assert find_faults(page) == []


@pytest.mark.parametrize("script", [True, False])
def test_page_is_accessible_with_everything_unfolded(visit, report, script, tmp_path):
    if not script:
        # Where scripts are disabled, the one that judges would not run either.
        text = report.read_text(encoding="utf-8")
        report = tmp_path / "plain.html"
        report.write_text(text[: text.rindex("<script>")], encoding="utf-8")
    page = visit(report)
    page.evaluate(
        "document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )

    assert find_faults(page) == []


def test_text_of_tests_stays_text(visit, report):
    page = visit(report, f"#t{place_of(report, '::test_create_account')}")

    assert page.evaluate("document.title").startswith("Test run")
    assert page.evaluate("document.scripts.length") == 2
    assert "document.title = 'owned'" in page.locator("#details").inner_text()
    assert any("<script>document.title" in name for name in rows(page))


def test_text_of_tests_stays_text_when_all_are_opened(visit, report):
    page = visit(report)
    for place in range(10):
        page.evaluate(f"location.hash = '#t{place}'")
        page.locator(f"#row-{place}[aria-selected=true]").wait_for()

    assert page.evaluate("document.title").startswith("Test run")


def test_without_script_the_essentials_are_there(visit, report):
    page = visit(report, java_script_enabled=False)

    assert page.locator("svg#picture").is_visible()
    assert page.locator("svg#picture rect.failed").count()
    assert page.locator(".numbers").is_visible()
    assert page.get_by_text("2 because of").is_visible()
    page.locator(".trouble", has_text="test_log_in").locator("summary").click()
    assert page.get_by_text("raise ValueError(OWNED)").is_visible()
    page.get_by_text("10 tests in the order of the plan").click()
    assert page.locator("#plain tbody tr").count() == 10


def test_where_a_server_forbids_scripts_and_styles_the_picture_has_its_colours(
    visit, report
):
    page = visit.open()
    headers = {"Content-Security-Policy": STRICT, "Content-Type": "text/html"}
    page.route("**/*", lambda route: route.fulfill(path=report, headers=headers))

    page.goto("http://server.example/report.html")

    bar = page.locator("svg#picture rect.failed").first
    assert bar.evaluate("e => getComputedStyle(e).fill") == "rgb(194, 65, 12)"
    assert bar.bounding_box()["width"] > 1
    # The browser says what it was not allowed to do, and nothing was loaded.
    visit.complaints.clear()
    visit.requests.clear()
