"""Which dialects of marks a run reads, and for whom it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pytest

from ..declared import OWN
from ..dialect import Dialect
from ..registered import ORIGINS, Origin, unregister
from ..values import nearest
from . import pytest_dependency
from .keywords import KeywordDialect
from .own import OwnDialect
from .pytest_dependency import DependencyDialect
from .pytest_depends import DependsDialect
from .pytest_depends_on import DependsOnDialect
from .pytest_order import OrderDialect
from .xdist_group import GroupDialect

#: The entry of ``phase_dialects`` that asks for our own marks alone.
NONE = "none"


def _unregister_sorter(config: pytest.Config, origin: Origin) -> None:
    """Let pytest-order sort nothing; it still makes a test of each mark."""
    if config.pluginmanager.hasplugin("orderingplugin"):
        config.pluginmanager.unregister(name="orderingplugin")


def _unregister_depends(config: pytest.Config, origin: Origin) -> None:
    """Take pytest-depends out of the run, and let it put its things away."""
    for name in origin.plugins:
        plugin = config.pluginmanager.getplugin(name)
        if plugin is not None:
            config.pluginmanager.unregister(name=name)
            plugin.pytest_unconfigure()


def _switch_off_depends_on(config: pytest.Config, origin: Origin) -> None:
    """Let the fixture of pytest-depends-on, which every test has, judge nothing."""
    config.option.depends_on = False


#: What plugins do that judge a test when its turn has come.
_SKIPS = (
    "skips tests whose dependencies have not ended yet, "
    "but phases do not wait for those"
)


class Entry(NamedTuple):
    """A dialect that can be read.

    :ivar make: makes its reader for one run.
    :ivar take_over: keeps the plugin it comes from, where that is active, from judging
        the same marks a second time; ``None`` if it judges nothing here.
    :ivar effect: what that plugin, left to itself, does beside phases; ``None`` if its
        marks cannot be left to it.
    :ivar breaks: left to itself, it ends the run for tests that were pulled in.
    """

    make: Callable[[pytest.Config], Dialect]
    take_over: Callable[[pytest.Config, Origin], None] | None = unregister
    effect: str | None = None
    breaks: bool = False


#: By the names of ``registered.ORIGINS``. A mark is read by the first that recognises
#: it, and last by our own.
DIALECTS: dict[str, Entry] = {
    "pytest-dependency": Entry(
        make=DependencyDialect, take_over=pytest_dependency.take_over, effect=_SKIPS
    ),
    "pytest-order": Entry(
        make=OrderDialect,
        take_over=_unregister_sorter,
        effect="sorts the tests, but phases let none wait for those before it",
    ),
    "pytest-depends": Entry(
        make=DependsDialect,
        take_over=_unregister_depends,
        effect=_SKIPS,
        breaks=True,
    ),
    # To our own reader, which has a mark of the same name, its marks are mistakes.
    "pytest-depends-on": Entry(make=DependsOnDialect, take_over=_switch_off_depends_on),
    # Of nobody's plugin.
    "keywords": Entry(make=KeywordDialect, take_over=None),
    # Its workers are what groups matter to, and those do not run together with us.
    "pytest-xdist": Entry(make=GroupDialect, take_over=None),
}


def choose_dialects(
    config: pytest.Config, names: Sequence[str] | None
) -> list[Dialect]:
    """Return who reads the marks of a run; our own comes last.

    :param names: what ``phase_dialects`` says, ``None`` if it says nothing.
    :raises pytest.UsageError: a name is not known; one line for each.
    """
    chosen = _find_chosen(names)
    return [*(DIALECTS[name].make(config) for name in chosen), OwnDialect()]


def take_over(config: pytest.Config, dialects: Sequence[Dialect]) -> list[str]:
    """Keep other plugins from judging the marks that are read here.

    :returns: the names of those that are there.
    """
    read = {each.name for each in dialects}
    taken_over = []
    for origin in ORIGINS:
        if origin.name not in read or not origin.is_present(config):
            continue
        silence = DIALECTS[origin.name].take_over
        if silence is not None:
            silence(config, origin)
            taken_over.append(origin.name)
    return taken_over


def describe_taken_over(names: Sequence[str]) -> str:
    """Say whose marks are read in place of plugins that are there.

    >>> describe_taken_over(["a", "b", "c"])
    'phaserun: reads the marks of a, b and c in their place'
    """
    *most, last = names
    listed = f"{', '.join(most)} and {last}" if most else last
    place = "their place" if most else "its place"
    return f"phaserun: reads the marks of {listed} in {place}"


def find_conflicts(config: pytest.Config, dialects: Sequence[Dialect]) -> Iterator[str]:
    """Yield one line for each plugin that breaks where tests are pulled in."""
    for origin, advice in _find_rivals(config, dialects):
        if DIALECTS[origin.name].breaks:
            yield f"{origin.name} fails for tests that are pulled in; {advice}"


def describe_rivals(
    config: pytest.Config, dialects: Sequence[Dialect], items: Sequence[pytest.Item]
) -> list[str]:
    """Return one line for each plugin that judges tests by marks that are not read."""
    lines = []
    for origin, advice in _find_rivals(config, dialects):
        entry = DIALECTS[origin.name]
        marks = entry.make(config).marks
        if any(mark.name in marks for item in items for mark in item.iter_markers()):
            lines.append(f"phaserun: {origin.name} {entry.effect}; {advice}")
    return lines


def _find_rivals(
    config: pytest.Config, dialects: Sequence[Dialect]
) -> Iterator[tuple[Origin, str]]:
    """Yield plugins that are left to themselves, each with what to do about it."""
    read = {each.name for each in dialects}
    for origin in ORIGINS:
        entry = DIALECTS.get(origin.name)
        if entry is None or entry.effect is None or origin.name in read:
            continue
        for name in filter(config.pluginmanager.hasplugin, origin.plugins):
            yield (
                origin,
                f"add it to phase_dialects, or take it out of the run: -p no:{name}",
            )


def _find_chosen(names: Sequence[str] | None) -> list[str]:
    if names is None:
        return list(DIALECTS)
    problems = list(_find_problems(names))
    if problems:
        raise pytest.UsageError(*problems)
    return [name for name in DIALECTS if name in names]


def _find_problems(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name in DIALECTS or name in (NONE, OWN):
            continue
        hint = nearest(name, DIALECTS)
        allowed = ", ".join([*DIALECTS, NONE])
        yield f"phase_dialects: {name!r} is not known{hint} (known: {allowed})"
