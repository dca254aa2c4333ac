"""Links between the pages lead somewhere, and every page can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import PAGES, ROOT, name_of, read_anchors, read_links

INDEX = ROOT / "docs" / "index.md"


def is_outside(target: str) -> bool:
    """Tell whether a link leads out of the project."""
    return "://" in target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = []
    for target in read_links(page):
        if is_outside(target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in read_anchors(path)):
            broken.append(target)

    assert not broken


def test_index_links_every_page() -> None:
    linked = {(INDEX.parent / target).resolve() for target in read_links(INDEX)}
    pages = {page for page in PAGES if "docs" in page.parts and page != INDEX}
    pages = {page for page in pages if "examples" not in page.parts}

    assert pages <= linked
