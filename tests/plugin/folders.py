"""Suites of several folders."""

from __future__ import annotations

import pytest


def write(pytester: pytest.Pytester, **files: str) -> None:
    """Write test files; ``__`` stands for the end of a folder's name."""
    for name, text in files.items():
        path = pytester.path.joinpath(*f"{name}.py".split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").splitlines()
        indent = min(len(each) - len(each.lstrip()) for each in lines if each.strip())
        path.write_text("\n".join(each[indent:] for each in lines), encoding="utf-8")
