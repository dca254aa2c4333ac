"""Write into pages what their commands really write: ``rewrite.py PAGE...``.

An output that is like the one shown stays as it is; one that is shortened with three
dots is left to its author.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pages import Command
from transcripts import is_like, run_page


def rewrite(page: Path) -> int:
    """Bring a page up to date; return how many outputs have changed."""
    changes: list[tuple[Command, list[str]]] = []
    with tempfile.TemporaryDirectory() as directory:
        for command, written in run_page(page, Path(directory).resolve()):
            if is_like(command.shown, written):
                continue
            if "..." in command.shown:
                print(f"{page}:{command.line}: differs, and is shortened:")
                print("\n".join(written))
            else:
                changes.append((command, written))
    lines = page.read_text(encoding="utf-8").splitlines()
    for command, written in reversed(changes):
        lines[command.line : command.line + len(command.shown)] = written
    page.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(changes)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}: {rewrite(Path(name).resolve())} outputs rewritten")
