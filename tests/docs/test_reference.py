"""The reference pages say what the code says."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, read_prose, read_table

import pytest_phaserun
from pytest_phaserun.isolation.safety import FIXTURES, NAMES
from pytest_phaserun.markers.own import ALONE_MARKS, MARKERS
from pytest_phaserun.settings import OFF, OPTIONS, PLAN

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"


def plain(cell: str) -> str:
    """Return the text of a cell that is all code."""
    return cell.replace("\\|", "|").strip("`")


def default_of(help_text: str) -> str:
    """Return what a help text says of the default."""
    found = re.search(r"\(default: (.*)\)$", help_text)
    return found[1] if found else "off"


def test_options_page_has_the_texts_of_help() -> None:
    expected = [[f"{o.flag} {o.metavar}", o.key, o.help] for o in OPTIONS]
    expected += [[s.flag, s.key, s.help] for s in (PLAN, OFF)]

    rows = read_table(REFERENCE / "options.md", "# Options")

    assert [[plain(flag), plain(key), text] for flag, key, text in rows] == expected


def test_readme_has_every_option_with_its_default() -> None:
    expected = [[f"{o.flag} {o.metavar}", default_of(o.help)] for o in OPTIONS]
    expected += [[s.flag, "off"] for s in (PLAN, OFF)]

    rows = read_table(README, "## Options")

    assert [[plain(flag), default] for flag, default, _ in rows] == expected


def test_markers_page_has_the_texts_of_pytest_markers() -> None:
    expected = [marker.split(": ", 1) for marker in MARKERS]

    rows = read_table(REFERENCE / "markers.md", "# Markers")

    assert [[plain(signature), text] for signature, text in rows] == expected


def test_readme_names_every_marker() -> None:
    rows = read_table(README, "## Markers")

    signatures = [plain(signature) for signature, _ in rows]
    assert signatures == [marker.split(": ", 1)[0] for marker in MARKERS]


def test_library_page_has_every_public_name() -> None:
    lines = read_prose(REFERENCE / "library.md")

    headings = {line.strip("# `") for line in lines if line.startswith("## `")}
    rows = read_table(REFERENCE / "library.md", "## The other names")
    names = {plain(name) for name, _ in rows}
    public = {name for name in pytest_phaserun.__all__ if not name.startswith("__")}
    assert headings | names == public


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("a fixture", FIXTURES),
        ("a name in the source", NAMES),
        ("a marker", set(ALONE_MARKS)),
    ],
)
def test_page_lists_what_makes_a_test_run_alone(row: str, names: set[str]) -> None:
    page = ROOT / "docs" / "explanation" / "how-a-test-runs-beside-others.md"

    rows = dict(read_table(page, "## What runs alone"))

    assert set(re.findall(r"`([^`]+)`", rows[row])) == set(names)
