"""The Markdown pages of the project as data: fenced blocks, headings, links, tables.

Reads; runs nothing, see ``transcripts`` for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Every page, in a fixed order; what runs of the examples leave behind is hidden.
PAGES = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
    ),
)

_FENCE = re.compile(r"^(?P<ticks>```+)(?P<info>[^`]*)$")
_ATTRIBUTE = re.compile(r'(?P<name>\w+)="(?P<value>[^"]*)"')
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    :ivar kind: the first word after the fence.
    :ivar title: the file that the block shows, if it shows one.
    :ivar source: the file of this project that the block is a part of.
    :ivar line: number of the fence in the page, from 1 on.
    """

    kind: str
    title: str | None
    source: str | None
    lines: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The content as a file has it."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line after a prompt, and the output shown below it.

    :ivar line: number of the command in the page, from 1 on.
    """

    text: str
    shown: tuple[str, ...]
    line: int


def name_of(page: Path) -> str:
    """Return the path of a page from the root of the project."""
    return page.relative_to(ROOT).as_posix()


def read_blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order.

    :raises ValueError: a fence is not closed.
    """
    return [part for part in _parts(page) if isinstance(part, Block)]


def read_prose(page: Path) -> list[str]:
    """Return the lines of a page that are in no fenced block."""
    return [part for part in _parts(page) if isinstance(part, str)]


def read_commands(block: Block) -> list[Command]:
    """Split a console block at its prompts.

    :raises ValueError: it does not begin with one.
    """
    commands: list[Command] = []
    for number, line in enumerate(block.lines, block.line + 1):
        if line.startswith("$ "):
            commands.append(Command(text=line[2:], shown=(), line=number))
        elif commands:
            last = commands[-1]
            shown = (*last.shown, line)
            commands[-1] = Command(text=last.text, shown=shown, line=last.line)
        else:
            raise ValueError(f"line {number}: a console block begins with '$ '")
    return commands


def read_links(page: Path) -> list[str]:
    """Return the targets of the links in a page."""
    prose = "\n".join(read_prose(page))
    return [match["target"] for match in _LINK.finditer(_CODE.sub("", prose))]


def read_anchors(page: Path) -> set[str]:
    """Return the names under which links reach the headings of a page."""
    return {
        re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in read_prose(page)
        if line.startswith("#")
    }


def read_table(page: Path, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its head."""
    lines = read_prose(page)
    start = lines.index(heading)
    table = list(_first_table(lines[start:]))
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table[2:]]


def _first_table(lines: list[str]) -> Iterator[str]:
    found = False
    for line in lines:
        if line.startswith("|"):
            found = True
            yield line
        elif found:
            return


def _parts(page: Path) -> Iterator[Block | str]:
    """Yield the lines of prose, and each fenced block as one."""
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            yield line
            continue
        inside = []
        for _, inner in lines:
            if inner == fence["ticks"]:
                break
            inside.append(inner)
        else:
            raise ValueError(f"{name_of(page)}:{number}: the fence is not closed")
        kind, _, rest = fence["info"].partition(" ")
        attributes = dict(_ATTRIBUTE.findall(rest))
        yield Block(
            kind=kind,
            title=attributes.get("title"),
            source=attributes.get("from"),
            lines=tuple(inside),
            line=number,
        )
