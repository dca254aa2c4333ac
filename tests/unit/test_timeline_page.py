"""The page of the timeline, as far as it can be read without a browser."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from runs import BEGAN, make_run, ran, ran_alone

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import BlockedBy, Note, Run, Stage
from pytest_phaserun.views.timeline.page import render

NASTY = "</script><script>alert(1)</script><!--\u2028&\"'\x00\ud800"


class Page(HTMLParser):
    """What a browser would make of a page, roughly.

    :ivar elements: names with attributes, in order.
    :ivar texts: by the name of the element that they stand in.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0] if self.elements else "", data))

    @property
    def text(self) -> str:
        shown = (text for tag, text in self.texts if tag not in ("script", "style"))
        return " ".join(" ".join(shown).split())

    @property
    def data(self) -> Any:
        (island,) = (
            text for tag, text in self.texts if tag == "script" and text[0] == "{"
        )
        return json.loads(island)

    def classes(self, tag: str) -> list[str]:
        return [
            attributes.get("class") or ""
            for name, attributes in self.elements
            if name == tag
        ]


def failing_run() -> Run:
    stage = Stage(
        when="call",
        outcome="failed",
        start=BEGAN,
        duration=1,
        text="E   assert 1 == 2",
        output=(("Captured stdout call", "so it \x1b[31mgoes\x1b[0m"),),
    )
    failed = ran(0, 1, status=Status.FAILED)
    cause = BlockedBy(cause=0, root=0, reason="depends on test_log_in (failed)")
    return make_run(
        {"id": "test_log_in", "attempts": [failed], "stages": (stage,)},
        {"id": "test_order", "phase": 2, "after": (0,), "blocked": cause},
        {"id": "test_about", "attempts": [ran(0, 4, slot=1)]},
        ended=4,
    )


def test_page_says_without_script_what_failed_and_why():
    text = Page(render(failing_run())).text

    assert "test_log_in" in text
    assert "E assert 1 == 2" in text
    assert "so it goes" in text


def test_page_says_without_script_what_blocked_a_test():
    page = Page(render(failing_run()))

    assert "depends on test_log_in (failed)" in page.text
    assert ("a", {"href": "#t0"}) in page.elements


def test_page_has_the_numbers():
    text = Page(render(failing_run())).text

    for said in ("tests 3", "wall time 4.00 s", "speed-up 1.25", "efficiency 62%"):
        assert said in text
    for said in ("1 failed", "1 blocked", "1 passed"):
        assert said in text


def test_every_test_can_be_linked_to():
    page = Page(render(failing_run()))

    ids = {attributes.get("id") for _, attributes in page.elements}
    assert {"t0", "t1", "t2"} <= ids


def test_picture_shows_each_kind_in_a_way_of_its_own():
    doubtful = ran(0, 1, status=Status.FAILED, is_provisional=True)
    run = make_run(
        {"attempts": [doubtful, ran_alone(6, 7)]},
        {"attempts": [ran(1, 3, status=Status.TIMEOUT)]},
        {"attempts": [ran(3, 5, status=Status.SKIPPED)]},
        {"blocked": BlockedBy(cause=1, root=1, reason="")},
    )

    names = " ".join(Page(render(run)).classes("rect")).split()

    shown = ("failed", "passed", "timeout", "stopped", "skipped", "blocked", "window")
    for name in (*shown, "idle", "band", "path"):
        assert name in names


@pytest.mark.parametrize("field", ["id", "file", "alone"])
def test_text_of_a_test_is_never_markup(field):
    page = Page(render(make_run({field: NASTY, "attempts": [ran(0, 1)]})))

    scripts = [name for name, _ in page.elements if name == "script"]
    assert len(scripts) == 2
    assert "alert(1)" in json.dumps(page.data)


def test_text_and_output_and_notes_and_reasons_are_never_markup():
    stage = Stage(
        when="call",
        outcome="failed",
        start=BEGAN,
        duration=1,
        text=NASTY,
        subtest=NASTY,
        xfail=NASTY,
        output=((NASTY, NASTY),),
    )
    failed = ran(0, 1, status=Status.FAILED)
    notes = (Note(kind=NASTY, text=NASTY),)
    run = make_run(
        {"attempts": [failed], "stages": (stage,), "notes": notes},
        {"blocked": BlockedBy(cause=0, root=0, reason=NASTY)},
    )

    text = render(run)

    page = Page(text)
    assert [name for name, _ in page.elements if name == "script"] == ["script"] * 2
    assert not {"\x00", "\u2028"} & set(text.partition("<script")[2])
    text.encode()


def test_policy_lets_the_page_load_nothing():
    page = Page(render(make_run()))

    (policy,) = (
        attributes["content"]
        for name, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_page_names_no_other_place():
    text = render(failing_run())

    assert "http:" not in text
    assert "https:" not in text


@pytest.mark.parametrize(
    ("ended", "code", "said"),
    [(None, None, "The run was killed"), (9.0, 2, "The run was interrupted")],
)
def test_page_says_that_a_run_did_not_come_to_its_end(ended, code, said):
    test = {"attempts": [ran(0, None, status=None)]}
    run = make_run(test, ended=ended, exit_code=code)

    assert said in Page(render(run)).text


def test_page_of_a_run_of_nothing_can_be_made():
    page = Page(render(make_run(ended=0)))

    assert page.data["tests"] == []


def test_script_is_told_what_it_does_not_decide():
    data = Page(render(failing_run())).data

    labels = [data["kinds"][test["kind"]]["label"] for test in data["tests"]]
    assert labels == ["failed", "blocked", "passed"]
    assert data["tests"][1]["root"] == 0
    assert data["critical"] == [2]
    assert data["tests"][2]["starts"][0]["span"] == [0, 4]


def test_picture_of_many_tests_is_as_large_as_what_can_be_seen():
    step = 0.001
    tests = (
        {"attempts": [ran(n * step, (n + 1) * step, slot=n % 4)]} for n in range(20_000)
    )

    page = Page(render(make_run(*tests, ended=20.0, slots=4)))

    assert len(page.classes("rect")) < 6000
    assert len(page.data["tests"]) == 20_000


def test_text_of_a_failure_stands_in_the_page_once():
    text = render(failing_run())

    assert text.count("assert 1 == 2") == 1


def test_output_of_a_test_that_passed_is_told_to_the_script():
    stage = Stage(
        when="call", outcome="passed", start=BEGAN, duration=1, output=(("log", "so"),)
    )
    run = make_run({"attempts": [ran(0, 1)], "stages": (stage,)})

    (start,) = Page(render(run)).data["tests"][0]["starts"]
    assert start["stages"][0]["output"] == [["log", "so"]]


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        ("skipped", Status.SKIPPED, "xfailed"),
        ("passed", Status.COMPLETED, "xpassed"),
        ("failed", Status.FAILED, "failed"),
    ],
)
def test_expected_failures_are_told_in_the_words_of_pytest(outcome, status, said):
    stage = Stage(when="call", outcome=outcome, start=BEGAN, duration=1, xfail="later")
    run = make_run({"attempts": [ran(0, 1, status=status)], "stages": (stage,)})

    data = Page(render(run)).data

    (test,) = data["tests"]
    assert data["kinds"][test["kind"]]["label"] == said
    assert test["starts"][0]["stages"][0]["outcome"] == said


def test_needless_test_is_skipped_and_not_blocked():
    needless = BlockedBy(cause=0, root=0, reason="test_0 passed", is_needless=True)
    run = make_run({"attempts": [ran(0, 1)]}, {"blocked": needless})

    text = Page(render(run)).text

    assert "1 skipped" in text
    assert "because of" not in text
