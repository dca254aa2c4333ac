"""The reference pages say what the code says."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from pages import ROOT, read_prose, read_table

import pytest_phaserun
from pytest_phaserun.isolation.reads import READABLE
from pytest_phaserun.isolation.safety import FIXTURES
from pytest_phaserun.isolation.source import THREAD_BOUND, UNSAFE, UNSAFE_ATTRIBUTES
from pytest_phaserun.markers.dialects.table import DIALECTS
from pytest_phaserun.markers.registered import MARKERS, ORIGINS
from pytest_phaserun.options import EXPLAIN, LISTS, OPTIONS, SWITCHES

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"


def plain(cell: str) -> str:
    """Return the text of a cell that is all code."""
    return cell.replace("\\|", "|").strip("`")


def codes(text: str) -> set[str]:
    """Return what stands in backquotes."""
    return set(re.findall(r"`([^`]+)`", text))


def default_of(help_text: str) -> str:
    """Return what a help text says of the default."""
    found = re.search(r"\(default: (.*)\)$", help_text)
    return found[1] if found else "off"


def test_options_page_has_the_texts_of_help() -> None:
    expected = [[f"{o.flag} {o.metavar}", o.key, o.help] for o in OPTIONS]
    expected += [[s.flag, s.key, s.help] for s in SWITCHES]
    expected += [[f"{EXPLAIN.flag} {EXPLAIN.metavar}", "none", EXPLAIN.help]]
    expected += [["none", each.key, each.help] for each in LISTS]

    rows = read_table(REFERENCE / "options.md", "# Options")

    assert [[plain(flag), plain(key), text] for flag, key, text in rows] == expected


def test_readme_has_every_option_with_its_default() -> None:
    expected = [[f"{o.flag} {o.metavar}", default_of(o.help)] for o in OPTIONS]
    expected += [[s.flag, "off"] for s in SWITCHES]
    expected += [[f"{EXPLAIN.flag} {EXPLAIN.metavar}", "none"]]

    rows = read_table(README, "## Options")

    assert [[plain(flag), default] for flag, default, _ in rows] == expected


def test_markers_page_has_the_texts_of_pytest_markers() -> None:
    expected = [marker.split(": ", 1) for marker in MARKERS]

    rows = read_table(REFERENCE / "markers.md", "# Markers")

    assert [[plain(signature), text] for signature, text in rows] == expected


def test_markers_page_has_the_texts_of_borrowed_markers() -> None:
    borrowed = (marker for origin in ORIGINS for marker in origin.markers)
    expected = [marker.split(": ", 1) for marker in borrowed]

    rows = read_table(REFERENCE / "markers.md", "## Marks of other plugins")

    assert [[plain(signature), text] for signature, text, _ in rows] == expected


def test_options_page_names_every_plugin_whose_marks_can_be_left_out() -> None:
    rows = read_table(REFERENCE / "options.md", "## Marks of other plugins")

    assert [plain(name) for name, _ in rows] == list(DIALECTS)


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
    ("heading", "table"),
    [
        ("## What the code refers to", UNSAFE),
        ("## Fixtures that are bound to a thread", THREAD_BOUND),
    ],
)
def test_page_lists_the_names_that_make_a_test_run_alone(
    heading: str, table: Mapping[str, frozenset[str]]
) -> None:
    rows = read_table(REFERENCE / "alone.md", heading)

    shown = {plain(module): codes(names) or {"*"} for module, names in rows}
    assert shown == {module: set(names) for module, names in table.items()}


def test_page_lists_the_fixtures_and_attributes_that_make_a_test_run_alone() -> None:
    prose = "\n".join(read_prose(REFERENCE / "alone.md"))

    fixtures = prose.partition("## Fixtures\n\n")[2].partition("\n\n")[0]
    attributes = prose.partition("attributes of:")[2].partition(";")[0]
    looked_up = prose.partition("looks something up in")[2].partition(" does\nnot")[0]
    assert codes(fixtures) == FIXTURES
    assert codes(attributes) == UNSAFE_ATTRIBUTES
    assert codes(looked_up) == READABLE
