"""Graphs of the tests, before a run and after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_phaserun.__main__ import main

from .reading import errors

SUITE = """
    import pytest

    def test_a(): assert False

    @pytest.mark.depends_on("test_a")
    def test_b(): ...

    def test_c(): ...
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    pytester.makepyfile(test_x=SUITE)
    return pytester.path


def outcomes(path: Path) -> list[str | None]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [node["outcome"] for node in found["nodes"]]


def test_graph_before_a_run_has_no_outcomes(folder, phaserun):
    path = folder / "graph.json"

    result = phaserun("--phase-plan", f"--phase-graph={path}")

    assert outcomes(path) == [None, None, None]
    result.stdout.fnmatch_lines(
        ["phase 1 of 2: 2 tests", f"phaserun: graph written to {path}"]
    )


def test_graph_after_a_run_has_its_outcomes(folder, phaserun):
    path = folder / "graph.json"

    result = phaserun(f"--phase-graph={path}")

    assert outcomes(path) == ["failed", "blocked", "passed"]
    result.stdout.fnmatch_lines([f"phaserun: graph written to {path}"])


def test_graph_can_be_made_from_events(folder, phaserun):
    phaserun("--phase-events=run.jsonl")

    assert main(["report", str(folder / "run.jsonl"), "--graph", "graph.json"]) == 0

    assert outcomes(folder / "graph.json") == ["failed", "blocked", "passed"]


def test_graph_from_events_has_a_known_ending(folder, capsys):
    assert main(["report", "run.jsonl", "--graph", "graph.png"]) == 4

    assert capsys.readouterr().err == (
        "ERROR: graph.png does not end with .dot, .mmd, .json, .svg\n"
    )


@pytest.mark.parametrize("name", ["graph.png", "graph"])
def test_unknown_ending_is_a_mistake_before_collection(
    folder, pytester, phaserun, name
):
    pytester.makepyfile(test_x="raise SystemExit('collected')")

    result = phaserun(f"--phase-graph={name}")

    assert errors(result) == [
        f"--phase-graph: {name!r} is not valid; allowed: a file that ends with .dot, "
        ".mmd, .json, .svg"
    ]


def test_folder_that_is_not_there_is_a_mistake_before_collection(
    folder, pytester, phaserun
):
    pytester.makepyfile(test_x="raise SystemExit('collected')")

    result = phaserun("--phase-graph=no/graph.svg")

    assert errors(result) == [
        "--phase-graph: 'no/graph.svg' is not valid; allowed: a file in a folder that "
        f"exists; {folder / 'no'} does not"
    ]
