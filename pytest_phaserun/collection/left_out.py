"""The files of a suite that a run was not given, and the tests in them.

They are collected only if they may matter; as far as that can be told from their text,
without importing them.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from ..isolation.contents import Contents
from ..markers.sought import Sought


def is_narrowed(config: pytest.Config) -> bool:
    """Tell whether a run is given less than the whole suite."""
    if config.getoption("lf", default=False):
        return True
    source = config.args_source.name
    at_root = config.invocation_params.dir == _find_base(config)
    return not (source == "TESTPATHS" or (source == "INVOCATION_DIR" and at_root))


class LeftOut:
    """Finds tests in files of which pytest has collected nothing.

    :param contents: knows what was collected, and collects more.
    :ivar _texts: what was read; a chain through many files asks again and again.
    """

    def __init__(self, config: pytest.Config, contents: Contents) -> None:
        self._config = config
        self._contents = contents
        self._texts: dict[Path, bytes | None] = {}

    def find(
        self, items: Sequence[pytest.Item], sought: Iterable[Sought]
    ) -> list[pytest.Item]:
        """Return the tests of files that may hold one of the things sought.

        :param items: tests that were collected; the others are near them.
        """
        sought = list(sought)
        if not sought:
            return []
        folders = [each.folder for each in sought if each.folder is not None]
        areas = folders if len(folders) == len(sought) else None
        files = [
            file
            for file in self._list_files(items, areas)
            if self._may_hold(file.path, sought)
        ]
        return [item for file in files for item in self._contents.walk(file)]

    def forget(self) -> None:
        """Let go of the text of files."""
        self._texts.clear()

    def _may_hold(self, path: Path, sought: Iterable[Sought]) -> bool:
        words = [
            each.word.encode()
            for each in sought
            if each.folder is None or _is_in(path, [each.folder])
        ]
        if not words:
            return False
        if path not in self._texts:
            self._texts[path] = _read(path)
        text = self._texts[path]
        return text is None or any(_has_word(text, word) for word in words)

    def _list_files(
        self, items: Sequence[pytest.Item], areas: Sequence[Path] | None
    ) -> list[pytest.File]:
        """Return the files that were not collected, in the order of pytest.

        :param areas: folders to look into; all of the suite without.
        """
        roots = _find_roots(self._config, items)
        known = _find_folders(items)
        tops = [node for node in known.values() if node.parent is node.session]
        found = [
            file
            for top in tops
            for file in self._walk(top, known, roots if areas is None else areas)
        ]
        return [file for file in found if _is_in(file.path, roots)]

    def _walk(
        self,
        folder: pytest.Directory,
        known: dict[Path, pytest.Directory],
        areas: Sequence[Path],
    ) -> Iterator[pytest.File]:
        for child in self._contents.get(folder):
            if isinstance(child, pytest.Directory):
                # Fixtures of a folder are set up once for each of its nodes; pytest
                # may have made several.
                node = known.get(child.path, child)
                if _leads_to(node.path, areas):
                    yield from self._walk(node, known, areas)
            elif (
                isinstance(child, pytest.File)
                and _is_in(child.path, areas)
                and not self._contents.knows(child)
            ):
                yield child


def _find_folders(items: Iterable[pytest.Item]) -> dict[Path, pytest.Directory]:
    """Return the nodes of the folders that tests are in."""
    found: dict[Path, pytest.Directory] = {}
    for parent in dict.fromkeys(item.parent for item in items):
        for node in [] if parent is None else parent.listchain():
            if isinstance(node, pytest.Directory):
                found.setdefault(node.path, node)
    return found


def _find_base(config: pytest.Config) -> Path:
    """Return where the whole suite is run: beside its ini file, if it has one."""
    has_ini_file = config.inipath is not None
    return config.rootpath if has_ini_file else config.invocation_params.dir


def _find_roots(config: pytest.Config, items: Iterable[pytest.Item]) -> list[Path]:
    """Return the folders and files of the whole suite."""
    base = _find_base(config)
    if not any(_is_in(item.path, [base]) for item in items):
        return []
    patterns = [os.path.join(base, each) for each in config.getini("testpaths")]
    found = [p for each in patterns for p in sorted(glob.glob(each, recursive=True))]
    return [Path(os.path.normpath(path)) for path in found] or [base]


def _is_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _leads_to(path: Path, folders: Iterable[Path]) -> bool:
    """Tell whether a folder is in one of the others, or the other way round."""
    folders = list(folders)
    return _is_in(path, folders) or any(each.is_relative_to(path) for each in folders)


def _has_word(text: bytes, word: bytes) -> bool:
    # Most texts do not have it at all, which is found out a hundred times as fast.
    if word not in text:
        return False
    pattern = rb"(?<!\w)" + re.escape(word) + rb"(?!\w)"
    return not word or re.search(pattern, text) is not None


def _read(path: Path) -> bytes | None:
    """Return what may spell a name: text and path; ``None`` if it cannot be read."""
    try:
        return path.read_bytes() + b"\n" + os.fsencode(path)
    except OSError:
        return None
