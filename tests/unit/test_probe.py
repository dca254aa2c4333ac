from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from pytest_phaserun.isolation import probe

ISOLATION = Path(probe.__file__).parent
NAMES = [(m, name) for m, names in probe.NEEDED.items() for name in names.split()]


def test_nothing_is_missing_from_a_supported_pytest():
    assert probe.find_missing() == []


@pytest.mark.parametrize(("module", "name"), NAMES, ids=".".join)
def test_each_needed_name_is_missed_when_it_is_gone(monkeypatch, module, name):
    monkeypatch.setattr(probe, "NEEDED", {module: f"{name}_that_is_gone"})

    missing = probe.find_missing()

    assert missing == [f"{module}.{name}_that_is_gone"]


def test_module_that_is_gone_is_missed(monkeypatch):
    monkeypatch.setattr(probe, "NEEDED", {"_pytest.that_is_gone": "anything"})

    assert probe.find_missing() == ["_pytest.that_is_gone.anything"]


def test_every_private_import_of_the_wing_is_probed():
    imported = {
        (node.module, alias.name)
        for path in ISOLATION.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "")[:7] == "_pytest"
        for alias in node.names
    }

    probed = {(module, name.partition(".")[0]) for module, name in NAMES}
    unprobed = {
        f"{module}.{name}"
        for module, name in imported - probed
        # `from _pytest import runner`: what is used of it stands in the table.
        if not _is_probed_module(f"{module}.{name}")
    }
    assert unprobed == set()


def _is_probed_module(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return name in probe.NEEDED


def test_warning_names_what_is_missing_and_what_that_means():
    warning = probe.PhaserunWarning(["_pytest.runner.SetupState.setup"])

    assert str(warning) == (
        "phaserun does not know this version of pytest: "
        "_pytest.runner.SetupState.setup cannot be found; tests run one at a time and "
        "without time limits"
    )
