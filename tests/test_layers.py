"""Imports point down and stay in their rooms.

Read from the source, so that imports inside functions and those for type checkers
count as well.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pytest_phaserun

PACKAGE = Path(pytest_phaserun.__file__).parent

#: The rooms from the top floor to the ground.
FLOORS = (
    ("plugin", "__main__"),
    ("distributed",),
    ("session",),
    ("watching",),
    (
        *("answers", "collection", "depending", "driving", "exports", "learning"),
        *("live_view", "planning", "run_time", "shuffling", "slot_fixtures", "timers"),
    ),
    ("drivers", "markers", "memory", "views"),
    ("recording", "estimate", "history_file"),
    ("runner", "record", "history", "settings", "hookspecs", "serial", "forecast"),
    ("replay",),
    ("dispatch", "options"),
    (
        *("graph", "model", "errors", "cycles", "edges"),
        *("abandoned", "executors", "parsers", "scheduling", "shards", "isolation"),
    ),
)
FLOOR_OF = {
    room: number for number, rooms in enumerate(reversed(FLOORS)) for room in rooms
}
GROUND = 0

#: The one room that knows pytest's privates, and those that may enter it.
WING = "isolation"
USERS_OF_THE_WING = (
    *("plugin", "distributed", "session", "driving", "planning", "shuffling"),
    *("slot_fixtures", "timers", "collection", "drivers", "live_view"),
)

#: Works without pytest.
LIBRARY = (
    "abandoned",
    "cycles",
    "dispatch",
    "edges",
    "errors",
    "estimate",
    "executors",
    "forecast",
    "graph",
    "history",
    "history_file",
    "model",
    "record",
    "replay",
    "runner",
    "scheduling",
    "shards",
)

MOST_LINES = 400


def find_modules() -> dict[str, Path]:
    """Return the files by the dotted names of their modules."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def find_imports(module: str, path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports."""
    package = module.split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


MODULES = find_modules()
IMPORTS = {name: sorted(find_imports(name, path)) for name, path in MODULES.items()}


def find_arrows() -> Iterator[tuple[str, str]]:
    """Yield the pairs of a module of the package and another one that it imports.

    The package itself is left out: it offers the names of all floors, lazily.
    """
    for module, imports in IMPORTS.items():
        for name in imports:
            # The last part is a module, or something inside one.
            target = name if name in MODULES else name.rpartition(".")[0]
            if target in MODULES and "pytest_phaserun" not in (module, target):
                yield module, target


def room(module: str) -> str:
    """Return the room of a module."""
    return module.split(".")[1]


ARROWS = list(dict.fromkeys(find_arrows()))


def imports_of(top: str) -> list[str]:
    """Return the modules that import a package from elsewhere."""
    return [
        module
        for module, imports in IMPORTS.items()
        if any(name == top or name.startswith(f"{top}.") for name in imports)
    ]


def test_arrows_of_every_kind_are_seen():
    assert ("pytest_phaserun.session", "pytest_phaserun.dispatch") in ARROWS
    assert ("pytest_phaserun.plugin", "pytest_phaserun.distributed") in ARROWS
    assert (
        "pytest_phaserun.drivers.threads",
        "pytest_phaserun.isolation.process",
    ) in ARROWS
    assert "pytest_phaserun.plugin" in imports_of("pytest")


def test_every_module_stands_on_a_floor():
    rooms = {room(module) for module in MODULES if module != "pytest_phaserun"}

    assert rooms == set(FLOOR_OF)


def test_no_arrow_points_up():
    up = [
        (importer, imported)
        for importer, imported in ARROWS
        if FLOOR_OF[room(imported)] > FLOOR_OF[room(importer)]
    ]

    assert up == []


def test_rooms_of_one_floor_do_not_know_one_another():
    sideways = [
        (importer, imported)
        for importer, imported in ARROWS
        if room(imported) != room(importer)
        and FLOOR_OF[room(imported)] == FLOOR_OF[room(importer)] != GROUND
    ]

    assert sideways == []


def test_there_is_no_circle():
    graph: dict[str, set[str]] = {}
    for importer, imported in ARROWS:
        graph.setdefault(importer, set()).add(imported)

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_wing_is_entered_by_its_users_only():
    guests = {room(importer) for importer, imported in ARROWS if room(imported) == WING}

    assert guests == {WING, *USERS_OF_THE_WING}


def test_wing_knows_nothing_of_the_house():
    known = {room(imported) for importer, imported in ARROWS if room(importer) == WING}

    assert known == {WING}


def test_library_stands_on_itself():
    below = {
        room(imported) for importer, imported in ARROWS if room(importer) in LIBRARY
    }

    assert below <= set(LIBRARY)


@pytest.mark.parametrize("package", ["pytest", "_pytest", "pluggy", "xdist"])
def test_library_never_imports_pytest(package):
    users = {room(module) for module in imports_of(package)}

    assert users.isdisjoint(LIBRARY)


def test_privates_of_pytest_are_imported_in_the_wing_only():
    assert {room(module) for module in imports_of("_pytest")} == {WING}


def test_xdist_is_imported_in_its_driver_only():
    assert set(imports_of("xdist")) <= {"pytest_phaserun.drivers.xdist"}


@pytest.mark.parametrize("module", MODULES)
def test_module_is_short_enough_for_one_purpose(module):
    lines = MODULES[module].read_text(encoding="utf-8").splitlines()

    assert len(lines) < MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_module_says_what_it_is_for(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_of_a_module_exist(module):
    imported = importlib.import_module(module)

    for name in getattr(imported, "__all__", ()):
        assert hasattr(imported, name), name
