"""``python -m pytest_phaserun``: what can be done with a run that is over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .parsers import GRAPHS
from .recording.reading import EventsError, read_events
from .views.files import write_view

#: As pytest has it for what it is given and cannot use.
_USAGE_ERROR = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    given = _make_parser().parse_args(arguments)
    if given.graph is not None and given.graph.suffix.lower() not in GRAPHS:
        return _refuse(f"{given.graph} does not end with {', '.join(GRAPHS)}")
    wanted = {"report": given.report, "trace": given.trace, "graph": given.graph}
    views = {what: path for what, path in wanted.items() if path is not None}
    try:
        _report(given.events, views)
    except EventsError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    if not views:
        return _refuse(
            "nothing to make; add -o FILE.html, --trace FILE.json or --graph FILE"
        )
    return 0


def _report(events: Path, views: dict[str, Path]) -> None:
    run = read_events(events)
    for what, path in views.items():
        write_view(what, run, path)


def _refuse(problem: str) -> int:
    print(f"ERROR: {problem}", file=sys.stderr)
    return _USAGE_ERROR


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_phaserun")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report",
        help="make views of a run from its events",
        description="Make views of a run from the file that --phase-events wrote; of "
        "several runs in it, the last one.",
    )
    report.add_argument("events", type=Path, metavar="FILE.jsonl")
    report.add_argument(
        "-o", "--report", type=Path, metavar="FILE.html", help="a page for a browser"
    )
    report.add_argument("--trace", type=Path, metavar="FILE.json", help="a trace")
    endings = ", ".join(GRAPHS)
    report.add_argument(
        "--graph", type=Path, metavar="FILE", help=f"a graph; ends with {endings}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
