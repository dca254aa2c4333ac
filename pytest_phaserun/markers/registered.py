"""What pytest is told of marks, ours and borrowed ones, whether or not they are read.

Imports no reader: an installed but unused plugin loads this module.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from . import timeout

#: The lines that ``pytest --markers`` shows.
MARKERS = (
    "task(id, *, timeout=None): give the test an id that others can depend on, "
    "and a time limit of its own in seconds.",
    "depends_on(*ids, when='passed', require='all'): run the test only after the tests "
    "with these ids or names have passed, and skip it if one of them did not; "
    "when='finished' asks for the order alone, when='failed' for their failure, "
    "require='any' for one of them.",
    "resource(name, mode='write', units=1): hold a resource from setup to the end of "
    "teardown; mode='read' shares it with others that read.",
    "exclusive: run the test while no other test runs.",
    "thread_unsafe(reason=None): the same as exclusive, as in pytest-run-parallel.",
)

#: An ini key and a switch that the marks of pytest-dependency come with.
AUTOMARK = "automark_dependency"
IGNORE_UNKNOWN = "--ignore-unknown-dependency"

#: Options that the mark of pytest-order comes with: those that are read here.
ORDER_SCOPE = "--order-scope"
ORDER_LEVEL = "--order-scope-level"
ORDER_PREFIX = "--order-marker-prefix"

#: Ini keys, and options with dashes, that the mark of pytest-depends comes with.
FAILED_ACTION = "failed_dependency_action"
MISSING_ACTION = "missing_dependency_action"


class Origin(NamedTuple):
    """Another plugin whose marks are read here.

    :ivar name: of its distribution, under which ``phase_dialects`` knows it too.
    :ivar plugins: under which it is registered: by itself, or by ``-p``.
    :ivar markers: the lines that ``pytest --markers`` shows in its absence.
    :ivar add_options: adds, in its absence, what its users have on their command line
        and in their ini files.
    """

    name: str
    plugins: tuple[str, ...]
    markers: tuple[str, ...]
    add_options: Callable[[pytest.Parser], None] | None = None

    def is_present(self, config: pytest.Config) -> bool:
        """Tell whether the plugin is active in this run."""
        return any(map(config.pluginmanager.hasplugin, self.plugins))


def _add_dependency_options(parser: pytest.Parser) -> None:
    parser.getgroup("phaserun").addoption(
        IGNORE_UNKNOWN,
        action="store_true",
        default=False,
        help="Run tests whose mark dependency names tests that are not known, as in "
        "pytest-dependency",
    )
    parser.addini(
        AUTOMARK,
        "Every test counts as marked dependency, as in pytest-dependency",
        "bool",
        default=False,
    )


def _add_order_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("phaserun")
    group.addoption(
        ORDER_SCOPE,
        metavar="SCOPE",
        help="Where the mark order counts: session, module or class, as in "
        "pytest-order",
    )
    group.addoption(
        ORDER_LEVEL,
        type=int,
        metavar="N",
        help="Where the mark order counts: in a folder of this depth, as in "
        "pytest-order",
    )
    group.addoption(
        ORDER_PREFIX,
        metavar="PREFIX",
        help="What marks begin with that end in an ordinal, as in pytest-order",
    )
    # They change nothing here, and may stand in the configuration of a project.
    group.addoption("--order-group-scope", help=argparse.SUPPRESS)
    for flag in ORDER_SWITCHES:
        group.addoption(flag, action="store_true", help=argparse.SUPPRESS)


#: Switches of pytest-order without a meaning here.
ORDER_SWITCHES = (
    "--indulgent-ordering",
    "--sparse-ordering",
    "--order-dependencies",
    "--order-after-ff",
    "--error-on-failed-ordering",
    "--fail-all-on-failed-ordering",
)


def _add_depends_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("phaserun")
    about = (
        "What a test with the mark depends does if others failed: run or skip, as in "
        "pytest-depends"
    )
    group.addoption(
        f"--{FAILED_ACTION.replace('_', '-')}", metavar="run|skip", help=about
    )
    parser.addini(FAILED_ACTION, about, default=None)
    # It changes nothing here, and may stand in the configuration of a project.
    group.addoption(f"--{MISSING_ACTION.replace('_', '-')}", help=argparse.SUPPRESS)
    parser.addini(
        MISSING_ACTION, "No effect; accepted as in pytest-depends", default=None
    )


def _add_depends_on_options(parser: pytest.Parser) -> None:
    # The marks are read, and honoured in any order, with and without them.
    for flag in ("--depends-on", "--depends-on-reorder"):
        parser.getgroup("phaserun").addoption(
            flag, action="store_true", help=argparse.SUPPRESS
        )


#: Plugins whose marks we know. Who reads them stands in ``dialects``.
ORIGINS = (
    Origin(
        name="pytest-timeout",
        plugins=timeout.PLUGIN,
        markers=(timeout.MARKER,),
    ),
    Origin(
        name="pytest-dependency",
        plugins=("dependency", "pytest_dependency"),
        markers=(
            "dependency(name=None, depends=[], scope='module'): let others depend on "
            "the test, and run it only after the tests of these names have passed, "
            "as in pytest-dependency.",
        ),
        add_options=_add_dependency_options,
    ),
    Origin(
        name="pytest-order",
        plugins=("pytest_order", "pytest_order.plugin"),
        markers=(
            "order(index=None, before=[], after=[]): start the test earlier or later "
            "than others, or run it before or after those of these names, as in "
            "pytest-order.",
        ),
        add_options=_add_order_options,
    ),
    Origin(
        name="pytest-depends",
        plugins=("depends", "pytest_depends"),
        markers=(
            "depends(on=[], name=None): let others depend on the test, and run it only "
            "after the tests of these names have passed, as in pytest-depends.",
        ),
        add_options=_add_depends_options,
    ),
    Origin(
        name="pytest-depends-on",
        plugins=("depend_on", "pytest_depends_on.depends_on"),
        # Its mark is called as ours is.
        markers=(),
        add_options=_add_depends_on_options,
    ),
    Origin(
        name="pytest-xdist",
        plugins=("xdist", "xdist.plugin"),
        markers=(
            "xdist_group(name): run the test beside none of those of the same group, "
            "and in their order, as on one worker of pytest-xdist.",
        ),
    ),
)


def find_plugin(config: pytest.Config, name: str) -> Any:
    """Return the plugin of a distribution, ``None`` if it is not active in this run."""
    origin = next(each for each in ORIGINS if each.name == name)
    found = map(config.pluginmanager.getplugin, origin.plugins)
    return next((each for each in found if each is not None), None)


def unregister(config: pytest.Config, origin: Origin) -> None:
    """Take a plugin out of the run; its options, ini keys and marks stay known."""
    for name in origin.plugins:
        if config.pluginmanager.hasplugin(name):
            config.pluginmanager.unregister(name=name)


def find_markers(config: pytest.Config) -> Iterator[str]:
    """Yield the lines for ``pytest --markers``, but for marks that others register."""
    yield from MARKERS
    for origin in ORIGINS:
        if not origin.is_present(config):
            yield from origin.markers


def add_borrowed_options(config: pytest.Config, parser: pytest.Parser) -> None:
    """Add the options of plugins that are not there.

    To be called when all plugins have been loaded: an option that two of them add is
    an error.
    """
    for origin in ORIGINS:
        if origin.add_options is not None and not origin.is_present(config):
            origin.add_options(parser)
