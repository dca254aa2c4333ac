"""Drawings of the tests of a run, in every format; each is read back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Status, Task
from pytest_phaserun.parsers import GRAPHS
from pytest_phaserun.recording.run import Attempt, BlockedBy, Outcome, Run, TestRun
from pytest_phaserun.recording.sketch import sketch
from pytest_phaserun.views.graph.drawing import COLOURS, SHOWN, cut, draw
from pytest_phaserun.views.graph.formats import FORMATS, render

#: Ids that mean something to the formats, and one that is too long.
NASTY = (
    'q["]',
    "<b>&amp;</b>",
    "a\nb\x00\x1b\ud800",
    "back\\slash\\",
    "end",
    "[x]{y}(z)|#quot;`%%",
    "é→日本",
    "long" * 30,
)


def planned(*tasks: Task) -> Run:
    return sketch(TaskGraph(tasks), 4, "phase")


def ended(run: Run, *ends: tuple[float, Status]) -> Run:
    """Return a run of which the first tests have ended; the next one is blocked."""
    tests = []
    for test in run.tests:
        values = {name: getattr(test, name) for name in ("place", "id", "nodeid")}
        attempts: tuple[Attempt, ...] = ()
        blocked = None
        if test.place < len(ends):
            seconds, status = ends[test.place]
            attempts = (Attempt(slot=0, start=5.0, end=5.0 + seconds, status=status),)
        elif test.place == len(ends):
            blocked = BlockedBy(cause=0, root=0, reason="it failed")
        tests.append(
            TestRun(
                **values,
                phase=test.phase,
                after=test.after,
                attempts=attempts,
                blocked=blocked,
            )
        )
    return Run(
        began=0.0,
        concurrency=4,
        schedule="phase",
        executor="threads",
        root="",
        pytest="",
        python="",
        tests=tuple(tests),
    )


#: Two chains from one test; the one to d is longer.
DIAMOND = planned(
    Task(id="a", estimate=1.0),
    Task(id="b", estimate=1.0, dependencies=("a",)),
    Task(id="c", estimate=5.0, dependencies=("a",)),
    Task(id="d", estimate=1.0, dependencies=("b", "c")),
    Task(id="e", estimate=2.0),
)


def critical(run: Run) -> list[str]:
    return [node.id for node in draw(run).nodes if node.is_critical]


def test_critical_path_before_a_run_is_that_of_the_estimates():
    assert critical(DIAMOND) == ["a", "c", "d"]


def test_critical_path_after_a_run_is_that_of_what_tests_took():
    done = Status.COMPLETED

    run = ended(
        DIAMOND, (1.0, done), (9.0, done), (1.0, done), (1.0, done), (1.0, done)
    )

    assert critical(run) == ["a", "b", "d"]


def test_without_estimates_the_longest_chain_has_the_most_tests():
    run = planned(
        Task(id="x"), Task(id="a"), Task(id="b", dependencies=("a",)), Task(id="c")
    )

    assert critical(run) == ["a", "b"]


def test_edges_of_the_critical_path_are_critical():
    edges = {(e.before, e.after): e.is_critical for e in draw(DIAMOND).edges}

    assert edges == {(0, 1): False, (0, 2): True, (1, 3): False, (2, 3): True}


def test_nodes_say_in_words_what_colours_say():
    run = ended(DIAMOND, (1.0, Status.COMPLETED), (2.0, Status.FAILED))

    nodes = draw(run).nodes

    assert [node.lines[1] for node in nodes] == [
        "passed, 1.00 s",
        "failed, 2.00 s",
        "blocked",
        "not run",
        "not run",
    ]
    assert nodes[1].colour == COLOURS[Outcome.FAILED]


def test_before_a_run_nodes_have_no_outcome():
    assert {node.outcome for node in draw(DIAMOND).nodes} == {None}
    assert draw(DIAMOND).nodes[2].lines == ("c", "5.00 s")


def test_every_outcome_has_a_colour():
    assert set(COLOURS) == set(Outcome)


def test_long_names_are_cut_in_the_middle():
    text = cut("test_x.py::" + "x" * 60 + "[1]")

    assert len(text) == SHOWN
    assert text.startswith("test_x.py::")
    assert text.endswith("x[1]")


def test_options_know_the_endings_that_there_are():
    assert tuple(FORMATS) == GRAPHS


def text_of(run: Run, ending: str) -> str:
    return render(run, Path(f"graph{ending}"))


def nasty() -> Run:
    tasks = [
        Task(id=name, dependencies=(NASTY[n - 1],) if n % 3 else ())
        for n, name in enumerate(NASTY)
    ]
    return ended(planned(*tasks), (1.0, Status.COMPLETED), (1.0, Status.FAILED))


@pytest.mark.parametrize("make", [lambda: planned(), nasty], ids=["empty", "nasty"])
@pytest.mark.parametrize("ending", GRAPHS)
def test_every_format_can_be_written(tmp_path, ending, make: Callable[[], Run]):
    path = tmp_path / f"graph{ending.upper()}"

    path.write_text(render(make(), path), encoding="utf-8")

    assert path.read_text(encoding="utf-8").endswith("\n")


# SVG

SVG = "{http://www.w3.org/2000/svg}"


def test_svg_is_xml_with_a_box_for_each_test():
    root = ElementTree.fromstring(text_of(nasty(), ".svg"))

    titles = [each.text for each in root.findall(f"{SVG}g/{SVG}title")]
    assert titles[:2] == ['q["]', "<b>&amp;</b>"]
    assert titles[2] == "a b   "
    assert len(titles) == len(NASTY)
    assert len(root.findall(f"{SVG}path")) == len(draw(nasty()).edges)


def test_svg_has_a_column_for_each_phase():
    root = ElementTree.fromstring(text_of(DIAMOND, ".svg"))

    heads = [each.text for each in root.findall(f"{SVG}text")]
    lefts = [each.get("x") for each in root.findall(f"{SVG}g/{SVG}rect")]
    assert heads == ["phase 1", "phase 2", "phase 3"]
    a, b, c, d, e = lefts
    assert (a, b) == (e, c)
    assert len({a, b, d}) == 3


def test_svg_marks_the_critical_path():
    root = ElementTree.fromstring(text_of(DIAMOND, ".svg"))

    bold = [each.get("class") for each in root.findall(f"{SVG}g")]
    assert bold == ["c", None, "c", "c", None]
    assert [each.get("class") for each in root.findall(f"{SVG}path")].count("c") == 2


def test_svg_breaks_a_long_phase_into_columns():
    tasks = [Task(id=str(n)) for n in range(5000)]

    root = ElementTree.fromstring(text_of(planned(*tasks), ".svg"))

    boxes = root.findall(f"{SVG}g/{SVG}rect")
    places = {(each.get("x"), each.get("y")) for each in boxes}
    assert len(places) == 5000
    assert int(root.get("height") or 0) < 5000
    assert max(int(x or 0) for x, _ in places) < int(root.get("width") or 0)


# Graphviz


def test_dot_escapes_what_ends_a_text():
    text = text_of(nasty(), ".dot")

    assert r'n0 [label="q[\"]\npassed, 1.00 s", fillcolor=' in text
    assert r"back\\slash\\" in text
    assert "n0 -> n1 [penwidth=3];" in text


@pytest.mark.skipif(not shutil.which("dot"), reason="needs Graphviz")
@pytest.mark.parametrize("make", [lambda: planned(), nasty], ids=["empty", "nasty"])
def test_dot_can_be_read_by_graphviz(make: Callable[[], Run]):
    ended = subprocess.run(
        ["dot", "-Tsvg"],
        input=text_of(make(), ".dot"),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )

    assert ended.stderr == ""
    assert ended.stdout.count('class="node"') == len(make().tests)


# Mermaid: every line is one of these.

LABEL = r'"(?:[\w .,:/-]|<br/>|#\d+;)*"'
MERMAID = (
    r"flowchart LR",
    rf"  subgraph phase\d+\[{LABEL}\]",
    rf"    n\d+\[{LABEL}\](?::::[a-z_]+)?",
    r"  end",
    r"  n\d+ --> n\d+",
    r"  classDef [a-z_]+ fill:#[0-9a-f]{6},color:#000000",
    r"  style n\d+ stroke-width:4px",
    r"  linkStyle \d+(?:,\d+)* stroke-width:4px",
)


def test_mermaid_keeps_to_its_grammar():
    lines = text_of(nasty(), ".mmd").splitlines()

    pattern = "|".join(MERMAID)
    assert [line for line in lines if not re.fullmatch(pattern, line)] == []
    assert lines[0] == "flowchart LR"
    assert lines.count("  end") == 3


def test_mermaid_writes_what_could_mean_something_by_its_number():
    text = text_of(nasty(), ".mmd")

    assert 'n0["q#91;#34;#93;<br/>passed, 1.00 s"]:::passed' in text
    assert "#60;b#62;#38;amp#59;#60;/b#62;" in text


def test_mermaid_has_the_critical_path_bold():
    lines = text_of(DIAMOND, ".mmd").splitlines()

    edges = [line for line in lines if "-->" in line]
    assert [edges[n] for n in (1, 3)] == ["  n0 --> n2", "  n2 --> n3"]
    assert lines[-1] == "  linkStyle 1,3 stroke-width:4px"
    assert "  style n2 stroke-width:4px" in lines


def test_mermaid_has_a_class_for_each_outcome_that_there_is():
    run = ended(DIAMOND, (1.0, Status.COMPLETED), (2.0, Status.FAILED))

    defined = re.findall(r"classDef (\w+)", text_of(run, ".mmd"))

    assert defined == ["passed", "failed", "blocked", "not_run"]


# JSON


def test_json_has_all_that_is_drawn():
    run = ended(DIAMOND, (1.0, Status.COMPLETED), (2.0, Status.FAILED))

    found = json.loads(text_of(run, ".json"))

    assert found["version"] == 1
    assert found["nodes"][1:3] == [
        {
            "id": "b",
            "phase": 2,
            "outcome": "failed",
            "seconds": 2.0,
            "critical": True,
        },
        {
            "id": "c",
            "phase": 2,
            "outcome": "blocked",
            "seconds": None,
            "critical": False,
        },
    ]
    assert found["edges"][0] == {"from": "a", "to": "b", "critical": True}
