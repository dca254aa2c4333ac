"""The tests of a run: those selected, and what they depend on wherever that stands.

Names are looked up among the tests that were collected first, then in files that the
command line or ``--lf`` left out; the whole suite is collected only for a name that
means nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from ..isolation.contents import Contents, offer
from ..markers.reading import Reader
from ..markers.selection import Rules, Selection, select
from ..markers.sought import Sought
from ..options import Missing
from ..settings import Settings
from .counts import correct_counts
from .left_out import LeftOut, is_narrowed

#: How many files a message names.
SHOWN_FILES = 3

#: All that is left out.
_EVERYTHING = Sought(word="")


class Closure:
    """Closes a selection under dependencies; the main thread alone may ask.

    :param plugin: the plugin that asks.
    :ivar pulled_in: the tests that were not selected and run all the same.
    :ivar files: the files of those of them that pytest had not collected.
    :ivar known: all tests that names may mean.
    :ivar deselected: those of them that do not run.
    """

    def __init__(
        self, config: pytest.Config, settings: Settings, reader: Reader, plugin: object
    ) -> None:
        self._config = config
        self._reader = reader
        self._plugin = plugin
        refused = tuple(config.getoption("deselect", default=None) or ())
        self._rules = Rules(
            deselected=settings.deselected, missing=settings.missing, refused=refused
        )
        self._contents: Contents | None = None
        self._sought: dict[Sought, None] = {}
        self._announced: set[pytest.Item] = set()
        self._offered: set[pytest.Item] = set()
        self.pulled_in: dict[pytest.Item, None] = {}
        self.files: dict[Path, None] = {}
        self.known: list[pytest.Item] = []
        self.deselected: list[pytest.Item] = []
        if is_narrowed(config):
            self._contents = Contents(config)
            config.pluginmanager.register(self._contents)
            self._left_out = LeftOut(config, self._contents)

    def close(
        self,
        session: pytest.Session,
        collected: Sequence[pytest.Item],
        wanted: Sequence[pytest.Item],
    ) -> Selection:
        """Return the selected tests and what they depend on; mark those to be skipped.

        :param collected: the tests that pytest has collected.
        :param wanted: those that it has selected.
        """
        known = list(collected)
        if self._contents is not None:
            known = self._contents.add_siblings(known)
        # Other plugins may have made items of their own.
        known = list(dict.fromkeys([*known, *wanted]))
        return self._close(session, known, collected, wanted)

    def close_again(
        self, session: pytest.Session, wanted: Sequence[pytest.Item]
    ) -> Selection:
        """Return the same for tests some of which are new in the place of others."""
        known = list(dict.fromkeys([*self.deselected, *wanted]))
        return self._close(session, known, known, wanted)

    def leave_out(self, items: Sequence[pytest.Item]) -> None:
        """Take tests out again that another machine runs."""
        for item in items:
            self.pulled_in.pop(item, None)
        self.deselected += items
        if items:
            self._config.hook.pytest_deselected(items=items)

    def describe(self) -> str:
        """Say how many tests were pulled in, and from where."""
        total, files = len(self.pulled_in), len(self.files)
        text = f"{total} prerequisite{'s' * (total != 1)} pulled in"
        if not files:
            return text
        far = sum(item.path in self.files for item in self.pulled_in)
        some = f", {far} of them" if far < total else ""
        named = "file that was" if files == 1 else "files that were"
        return f"{text}{some} from {files} {named} not named"

    def _close(
        self,
        session: pytest.Session,
        known: list[pytest.Item],
        collected: Sequence[pytest.Item],
        wanted: Sequence[pytest.Item],
    ) -> Selection:
        self._announced.update(collected, wanted)
        self._offered.update(collected, wanted)
        selection, known = self._look_further(session, known, wanted)
        if self._contents is not None:
            self._left_out.forget()
        self._settle(session, selection)
        running = set(selection.items)
        self.known = known
        self.deselected = [item for item in known if item not in running]
        self._count(selection, collected, wanted)
        return selection

    def _look_further(
        self,
        session: pytest.Session,
        known: list[pytest.Item],
        wanted: Sequence[pytest.Item],
    ) -> tuple[Selection, list[pytest.Item]]:
        """Select, and look for more tests, until no more are needed.

        Each round may bring in tests that depend on others in turn.
        """
        rules = self._rules
        if session.testsfailed and rules.missing is Missing.ERROR:
            # Who knows what the files define that could not be collected.
            rules = rules._replace(missing=Missing.SKIP)
        while True:
            self._announce(known)
            selection = select(known, wanted, self._reader, rules)
            more = self._find_more(session, selection, known)
            if more:
                known = list(dict.fromkeys([*known, *more]))
                continue
            unseen = [item for item in selection.items if item not in self._offered]
            if not unseen:
                return selection, known
            self._offered.update(unseen)
            offer(session, unseen, self._plugin)

    def _find_more(
        self,
        session: pytest.Session,
        selection: Selection,
        known: Sequence[pytest.Item],
    ) -> list[pytest.Item]:
        """Return tests of files that were left out, if they may matter."""
        if self._contents is None or session.shouldstop or session.shouldfail:
            return []
        sought = [each for each in selection.sought if each not in self._sought]
        self._sought.update(dict.fromkeys(sought))
        more = self._left_out.find(known, sought)
        if not more and selection.unresolved and _EVERYTHING not in self._sought:
            self._sought[_EVERYTHING] = None
            more = self._left_out.find(known, [_EVERYTHING])
        return more

    def _announce(self, items: Iterable[pytest.Item]) -> None:
        """Let other plugins know of tests as they do when pytest has found them."""
        for item in items:
            if item not in self._announced:
                self._announced.add(item)
                item.ihook.pytest_itemcollected(item=item)

    def _settle(self, session: pytest.Session, selection: Selection) -> None:
        """Say what becomes of tests that depend on others that are not there."""
        unresolved = [
            (item, text + self._describe_errors())
            for item, text in selection.unresolved
        ]
        missing = self._rules.missing
        if missing is Missing.ERROR and not session.testsfailed:
            selection.problems.extend(text for _, text in unresolved)
        elif missing is not Missing.RUN:
            selection.skipped.update(unresolved)
        for item, reason in selection.skipped.items():
            item.add_marker(pytest.mark.skip(reason=reason))

    def _describe_errors(self) -> str:
        """Say which files could not be looked into."""
        errors = {} if self._contents is None else self._contents.errors
        if not errors:
            return ""
        shown = list(errors.items())[:SHOWN_FILES]
        parts = [f"{nodeid} ({error})" for nodeid, error in shown]
        if len(errors) > SHOWN_FILES:
            parts.append("...")
        return f"; not looked into: {', '.join(parts)}"

    def _count(
        self,
        selection: Selection,
        collected: Sequence[pytest.Item],
        wanted: Sequence[pytest.Item],
    ) -> None:
        selected, before = set(wanted), set(collected)
        pulled_in = [item for item in selection.items if item not in selected]
        self.pulled_in.update(dict.fromkeys(pulled_in))
        files = {item.path for item in collected}
        new = [item for item in pulled_in if item not in before]
        self.files.update((i.path, None) for i in new if i.path not in files)
        correct_counts(self._config, new, selection.items)
