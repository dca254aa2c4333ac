"""What the table of the project says, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_phaserun.markers.elsewhere.toml_file import Tables, read_tables


def write(folder: Path, text: str, name: str = "pyproject.toml") -> Path:
    """Write the file of a project."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def complaints(folder: Path) -> tuple[str, ...]:
    """Read a table that is wrong."""
    with pytest.raises(pytest.UsageError) as raised:
        read_tables(folder)
    return raised.value.args


def marks(tables: Tables) -> list[tuple[str, str, tuple[object, ...], dict]]:
    """Return what is said of which tests."""
    return [
        (entry.pattern, mark.name, mark.args, dict(mark.kwargs))
        for entry in tables.entries
        for mark in entry.marks
    ]


def test_project_without_a_file_says_nothing(tmp_path):
    assert read_tables(tmp_path) == Tables()


def test_project_without_the_table_says_nothing(tmp_path):
    assert read_tables(write(tmp_path, "[tool.other]\nx = 1")) == Tables()


def test_dependencies_are_read(tmp_path):
    write(
        tmp_path,
        """
        [tool.phaserun.depends_on]
        "tests/shop/*" = "test_log_in"
        "test_clean_up" = [
            "test_pay",
            { ids = ["test_a", "test_b"], when = "finished", require = "any" },
        ]
        """,
    )

    assert marks(read_tables(tmp_path)) == [
        ("tests/shop/*", "depends_on", ("test_log_in",), {}),
        (
            "test_clean_up",
            "depends_on",
            ("test_a", "test_b"),
            {"when": "finished", "require": "any"},
        ),
        ("test_clean_up", "depends_on", ("test_pay",), {}),
    ]


def test_capacities_are_read(tmp_path):
    write(tmp_path, "[tool.phaserun.resources]\nports = 3\n'data base' = 1")

    assert read_tables(tmp_path).capacities == {"ports": 3, "data base": 1}


def test_overrides_are_read(tmp_path):
    write(
        tmp_path,
        """
        [tool.phaserun.overrides."tests/db/*"]
        timeout = 30
        exclusive = true
        resources = ["ports", { name = "database", mode = "read" }]
        depends_on = "test_migrate"

        [tool.phaserun.overrides."tests/quick"]
        exclusive = false
        """,
    )

    assert marks(read_tables(tmp_path)) == [
        ("tests/db/*", "task", (), {"timeout": 30}),
        ("tests/db/*", "exclusive", (), {}),
        ("tests/db/*", "resource", ("ports",), {}),
        ("tests/db/*", "resource", (), {"name": "database", "mode": "read"}),
        ("tests/db/*", "depends_on", ("test_migrate",), {}),
    ]


def test_file_of_its_own_has_the_tables_at_the_top(tmp_path):
    write(tmp_path, "[resources]\nports = 3", "phaserun.toml")
    write(tmp_path, "[tool.other]")

    assert read_tables(tmp_path).capacities == {"ports": 3}


def test_two_files_are_one_too_many(tmp_path):
    write(tmp_path, "[resources]\nports = 3", "phaserun.toml")
    write(tmp_path, "[tool.phaserun.resources]\nports = 3")

    assert complaints(tmp_path) == (
        "phaserun.toml and the table [tool.phaserun] of pyproject.toml: keep one",
    )


def test_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    write(tmp_path, "[resources]\nports = three", "phaserun.toml")

    (complaint,) = complaints(tmp_path)

    assert complaint.startswith("phaserun.toml: Invalid value (at line 2")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "resource.ports = 3",
            "pyproject.toml: unknown key 'resource'; did you mean 'resources'?",
        ),
        (
            "timeout = 3",
            "pyproject.toml: unknown key 'timeout'; known: depends_on, resources, "
            "overrides",
        ),
        (
            "resources = 3",
            "pyproject.toml: [tool.phaserun.resources]: must be a table, not 3",
        ),
        (
            "resources.ports = 0",
            "pyproject.toml: [tool.phaserun.resources] 'ports': a capacity is a whole "
            "number from 1 on, not 0",
        ),
        (
            "resources.ports = true",
            "pyproject.toml: [tool.phaserun.resources] 'ports': a capacity is a whole "
            "number from 1 on, not True",
        ),
        (
            "overrides.'tests/*'.timeoutt = 1",
            "pyproject.toml: [tool.phaserun.overrides] 'tests/*': unknown key "
            "'timeoutt'; did you mean 'timeout'?",
        ),
        (
            "overrides.'tests/*'.id = 'a'",
            "pyproject.toml: [tool.phaserun.overrides] 'tests/*': unknown key 'id'; "
            "known: depends_on, resources, timeout, exclusive",
        ),
        (
            "overrides.'tests/*'.retries = 2",
            "pyproject.toml: [tool.phaserun.overrides] 'tests/*': retries are for "
            "pytest-rerunfailures; use its mark 'flaky'",
        ),
        (
            "overrides.'tests/*'.exclusive = 'yes'",
            "pyproject.toml: [tool.phaserun.overrides] 'tests/*': exclusive is true or "
            "false, not 'yes'",
        ),
        (
            "depends_on.'tests/*' = [{when = 'failed'}]",
            "pyproject.toml: [tool.phaserun.depends_on] 'tests/*': depends_on takes a "
            "table with the key 'ids', not {'when': 'failed'}",
        ),
    ],
)
def test_mistake_is_told_with_its_place(tmp_path, text, complaint):
    write(tmp_path, f"[tool.phaserun]\n{text}")

    assert complaints(tmp_path) == (complaint,)


def test_all_mistakes_are_told_at_once(tmp_path):
    write(
        tmp_path,
        "[tool.phaserun]\nresources.a = 0\nresources.b = 'x'\ncapacities.c = 1",
    )

    assert len(complaints(tmp_path)) == 3
