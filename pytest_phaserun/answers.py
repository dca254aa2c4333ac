"""What is told of a run in its place: the plan, and what is planned for one test."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from .graph import TaskGraph
from .history import History
from .markers.dialect import UnresolvedError
from .markers.names.resolve import Names
from .markers.selection import Selection
from .model import Reason
from .options import EXPLAIN, PLAN
from .parsers import STANDARD_OUTPUT
from .settings import Settings, is_question, is_set
from .views import plan

#: Under which the terminal shows nothing but errors.
SILENT = -2


class Planned(NamedTuple):
    """What is known of a run that does not take place.

    :ivar alone: why tests run alone, by their places in the graph.
    :ivar pulled_in: the places of those that were not selected.
    :ivar concurrency: how many would run at once.
    :ivar capacities: how many units there are of what tasks claim.
    :ivar affinity: connected tests would share a slot.
    """

    graph: TaskGraph
    alone: Mapping[int, Reason]
    pulled_in: Collection[int]
    concurrency: int
    capacities: Mapping[Hashable, int]
    affinity: bool


class Answers:
    """Knows what is asked; the main thread alone may ask it.

    :param history: what is known of how long tests take.
    :ivar _explained: the places of the tests that are asked for.
    """

    def __init__(
        self, config: pytest.Config, settings: Settings, history: History
    ) -> None:
        self._config = config
        self._settings = settings
        self._history = history
        self._explained: list[int] = []
        if settings.plan_json == STANDARD_OUTPUT:
            # A program reads it, and nothing else may stand there.
            config.option.verbose = SILENT
            config.option.disable_warnings = True

    @property
    def are_wanted(self) -> bool:
        """Tell whether nothing is to run."""
        return is_question(self._config, self._settings)

    def find_explained(self, selection: Selection) -> Iterator[str]:
        """Find the tests to explain; yield one line if there are none."""
        name = self._config.getoption(EXPLAIN.key)
        if name is None:
            return
        if not selection.items:
            yield f"{EXPLAIN.flag}: no tests were collected"
            return
        names = Names(selection.items, selection.declarations)
        try:
            self._explained = names.look_up(name)
        except UnresolvedError as error:
            yield f"{EXPLAIN.flag}: {error}"

    def give(self, planned: Planned) -> None:
        """Tell what is asked."""
        if self._explained:
            self._explain(planned)
        if is_set(self._config, PLAN) or self._settings.plan_json is not None:
            self._foretell(planned)
        if self._settings.graph is not None:
            self._draw(planned, self._settings.graph)

    def _foretell(self, planned: Planned) -> None:
        # Imported only where something is foretold.
        from .forecast import foresee
        from .views import expected, plan_json

        graph, alone, pulled_in = planned.graph, planned.alone, planned.pulled_in
        forecast = foresee(
            graph,
            schedule=self._settings.schedule,
            capacities=planned.capacities,
            affinity=planned.affinity,
        )
        if is_set(self._config, PLAN):
            is_verbose = self._config.get_verbosity() > 0
            lines = plan.render(graph, alone, pulled_in, is_verbose=is_verbose)
            self._write_lines([*lines, *expected.render(graph, forecast)])
        if self._settings.plan_json is not None:
            slots = planned.concurrency
            text = plan_json.render(
                graph, alone, pulled_in, forecast, concurrency=slots
            )
            self._write_file("plan", self._settings.plan_json, text)

    def _explain(self, planned: Planned) -> None:
        limit = self._settings.timeout
        lines = plan.explain(
            planned.graph,
            self._explained,
            planned.alone,
            self._history,
            timeout=limit,
        )
        self._write_lines(list(lines))

    def _draw(self, planned: Planned, path: Path) -> None:
        # Imported only where something is drawn.
        from .recording.sketch import sketch
        from .views.files import render_view

        schedule = self._settings.schedule.value
        run = sketch(planned.graph, planned.concurrency, schedule)
        self._write_file("graph", path, render_view("graph", run, path))

    def _write_lines(self, lines: list[str]) -> None:
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        if terminal is None or self._settings.plan_json == STANDARD_OUTPUT:
            return
        for line in ("", *lines):
            terminal.write_line(line)

    def _write_file(self, what: str, path: Path, text: str) -> None:
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        if path != STANDARD_OUTPUT:
            try:
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise pytest.UsageError(
                    f"{what} not written to {path}: {error.strerror}"
                ) from None
            text = f"phaserun: {what} written to {path}\n"
            if self._config.get_verbosity() < 0:
                return
        if terminal is not None:
            terminal.write(text)
