"""What the sources of the isolation use of pytest's private parts, read from them."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_phaserun.isolation

ISOLATION = Path(pytest_phaserun.isolation.__file__).parent


@dataclass(frozen=True)
class Uses:
    """Names in full, such as ``_pytest.runner.SetupState.stack``.

    :ivar imported: what is imported from a private module.
    :ivar attributes: what is used of that, also by classes that inherit from it.
    :ivar underscored: the underscore attributes of whatever object, without it.
    """

    imported: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    underscored: set[str] = field(default_factory=set)


def read_uses() -> Uses:
    """Read all files of the isolation."""
    uses = Uses()
    paths = sorted(ISOLATION.glob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    own = {name for tree in trees for name in _defined(tree)}
    for tree in trees:
        aliases = dict(_imports(tree))
        uses.imported.update(aliases.values())
        uses.attributes.update(_attributes(tree, aliases))
        uses.underscored.update(_underscored(tree) - own)
    return uses


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield local names of what is private, and what each stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_private(node.module or ""):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            # `module = importlib.import_module("_pytest.subtests")`
            call, target = node.value, getattr(node, "target", None)
            if isinstance(call, ast.Call) and isinstance(target, ast.Name):
                for argument in call.args:
                    name = getattr(argument, "value", None)
                    if isinstance(name, str) and _is_private(name):
                        yield target.id, name


def _is_private(module: str) -> bool:
    return module.partition(".")[0] == "_pytest"


def _attributes(tree: ast.Module, aliases: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            base = aliases.get(node.value.id)
            if base is not None:
                yield f"{base}.{node.attr}"
        if isinstance(node, ast.ClassDef):
            yield from _inherited(node, aliases)


def _inherited(node: ast.ClassDef, aliases: dict[str, str]) -> Iterator[str]:
    """Yield what a class uses of itself that only its private base can have."""
    for base in node.bases:
        name = getattr(base, "id", getattr(getattr(base, "value", None), "id", ""))
        full = aliases.get(name)
        if full is None:
            continue
        own = set(_defined(node)) | _stored(node)
        public = set(dir(_find(full).__mro__[1]))
        for each in ast.walk(node):
            if (
                isinstance(each, ast.Attribute)
                and _is_self(each.value)
                and each.attr not in own | public
            ):
                yield f"{full}.{each.attr}"


def _find(name: str) -> type:
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, type)
    return found


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names of functions, fields and instance variables of our own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(
                    each.target, ast.Name
                ):
                    yield each.target.id
    yield from _stored(tree)


def _stored(tree: ast.AST) -> set[str]:
    """Return the attributes that ``__init__`` methods give their objects."""
    return {
        node.attr
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and _is_self(node.value)
    }


def _underscored(tree: ast.Module) -> set[str]:
    """Return underscore attributes, also those asked for by ``getattr``."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
            found.update(
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
            )
    return {name for name in found if name[:1] == "_" and name[:2] != "__"}
