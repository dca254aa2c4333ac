"""What tests change of the process beside others is noticed, named and put back.

The inner tests change things through a module of their own, where no reading of their
code sees it; they meet at a barrier, so that all of them are at it at the same time.
"""

from __future__ import annotations

import pytest

from .reading import section

#: Looks harmless from the outside.
HELPERS = """
    import contextlib
    import io
    import os
    import sys
    import threading
    from unittest import mock

    import pytest

    import victim

    barrier = threading.Barrier(8)

    def meet():
        barrier.wait(10)

    def env(): return os.environ
    def make_patch(): return pytest.MonkeyPatch()
    def change_environment(n): os.environ["PHASES"] = str(n)
    def drop_environment(n): del os.environ["PHASES"]
    def change_directory(n): os.chdir(f"{os.path.dirname(__file__)}/folder{n}")
    def patch_module(n): pytest.MonkeyPatch().setattr(victim, "value", n)
    def patch_by_name(n): pytest.MonkeyPatch().setattr("victim.value", n)
    def patch_class(n): pytest.MonkeyPatch().setattr(victim.Thing, "value", n)
    def delete_attribute(n): pytest.MonkeyPatch().delattr(victim, "value", False)
    def prepend_path(n): pytest.MonkeyPatch().syspath_prepend(f"folder{n}")
    def append_path(n): sys.path.append(f"folder{n}")
    def add_path(n): sys.path += [f"folder{n}"]
    def patch_modules(n): pytest.MonkeyPatch().setitem(sys.modules, "gone", None)
    def mock_module(n): mock.patch("victim.value", n).start()
    def mock_object(n): mock.patch.object(victim, "value", n).start()
    def mock_table(n): mock.patch.dict(sys.modules, {"gone": None}).start()
    def redirect(n): contextlib.redirect_stdout(io.StringIO()).__enter__()
"""

#: The function that changes something, and what that is called.
CHANGES = [
    ("change_environment", "os.environ['PHASES']"),
    ("change_directory", "the working directory"),
    ("patch_module", "victim.value"),
    ("patch_by_name", "victim.value"),
    ("patch_class", "Thing.value"),
    ("delete_attribute", "victim.value"),
    ("prepend_path", "sys.path"),
    ("append_path", "sys.path"),
    ("add_path", "sys.path"),
    ("patch_modules", "sys.modules['gone']"),
    ("mock_module", "victim.value"),
    ("mock_object", "victim.value"),
    ("mock_table", "sys.modules"),
    ("redirect", "sys.stdout"),
]

#: After the tests of the first phase, alone.
CHECK = """
@pytest.mark.exclusive
@pytest.mark.depends_on("test_a")
def test_all_is_as_it_was():
    import os, sys, victim
    assert "PHASES" not in os.environ
    assert "HOME" in os.environ
    assert os.getcwd() == {cwd!r}
    assert victim.value == victim.Thing.value == "original"
    assert not [path for path in sys.path if "folder" in path]
    assert "gone" not in sys.modules
    print("still seen")
"""

CHANGED = "CHANGED THE PROCESS BESIDE OTHERS"


@pytest.fixture
def at_once(pytester, phaserun, monkeypatch):
    """Run inner tests, eight at once."""
    monkeypatch.setenv("HOME", str(pytester.path))

    def run(source, *arguments):
        pytester.makepyfile(helpers=HELPERS)
        pytester.makepyfile(
            victim="value = 'original'\nclass Thing: value = 'original'"
        )
        check = CHECK.format(cwd=str(pytester.path))
        pytester.makepyfile(
            test_it=f"import pytest\nfrom helpers import *\n{source}\n{check}"
        )
        return phaserun.apart("--phase-concurrency=8", *arguments)

    for number in range(8):
        pytester.mkdir(f"folder{number}")
    return run


def eight(change):
    return f"""
@pytest.mark.parametrize("n", range(8))
def test_a(n):
    meet()
    {change}(n)
    meet()
"""


@pytest.mark.parametrize(("change", "name"), CHANGES, ids=lambda value: value)
def test_change_is_named_and_put_back(at_once, change, name):
    result = at_once(eight(change))

    result.assert_outcomes(passed=9)
    said = section(result, CHANGED)
    assert said == [f"test_it.py::test_a[{n}]: {name}" for n in range(8)]


def test_change_that_one_test_alone_makes_lasts_as_without_others(pytester, phaserun):
    pytester.makepyfile(
        sets="import os\nos.environ['PHASES'] = '1'",
        helpers="import os\ndef find(): return os.environ.get('PHASES')",
        test_it="""
        import importlib

        import pytest
        from helpers import find

        def test_a(): importlib.import_module("sets")

        @pytest.mark.depends_on("test_a")
        def test_b(): assert find() == "1"
        """,
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=2)
    assert section(result, CHANGED) == ["test_it.py::test_a: os.environ['PHASES']"]


@pytest.mark.parametrize("scope", ["session", "module", "class"])
def test_change_of_a_wide_fixture_lasts_and_is_nobodys(pytester, phaserun, scope):
    pytester.makepyfile(
        helpers="""
        import os

        def put(value): os.environ["PHASES"] = value
        def drop(): del os.environ["PHASES"]
        def find(): return os.environ.get("PHASES")
        """,
        test_it=f"""
        import pytest
        from helpers import drop, find, put

        class TestIt:
            @pytest.fixture(scope={scope!r})
            def wide(self):
                put("1")
                yield
                drop()

            def test_a(self, wide): assert find() == "1"

            @pytest.mark.depends_on("test_a")
            def test_b(self, wide): assert find() == "1"
        """,
    )

    result = phaserun.apart()

    result.assert_outcomes(passed=2)
    assert section(result, CHANGED) == []


def test_change_that_cannot_be_put_back_disturbs_nobody(at_once):
    result = at_once(
        """
from email.message import Message

message = Message()

@pytest.mark.parametrize("n", range(8))
def test_a(n):
    patch = make_patch()
    meet()
    patch.setitem(message, "value", str(n))
    meet()
"""
    )

    result.assert_outcomes(passed=9)


def test_search_path_can_be_pickled_and_replaced(at_once):
    result = at_once(
        """
import pickle

def read(): return pickle.loads(pickle.dumps(getattr(sys, "path")))
def replace(): setattr(sys, "path", ["new", *read()])

def test_a():
    assert read()
    replace()

@pytest.mark.depends_on("test_a")
def test_b(): assert read()[0] == "new"
"""
    )

    result.assert_outcomes(passed=3)


def test_patches_undone_in_any_order_leave_the_original(at_once):
    result = at_once(
        """
order = [threading.Event() for _ in range(9)]
order[0].set()

@pytest.mark.parametrize("n", range(8))
def test_a(n):
    patch = make_patch()
    meet()
    patch.setattr(victim, "value", n)
    meet()
    order[n].wait(10)
    patch.undo()
    order[n + 1].set()
"""
    )

    result.assert_outcomes(passed=9)


def test_stream_that_a_test_leaves_replaced_is_put_back(at_once):
    result = at_once(
        """
def replace(name): setattr(sys, name, io.StringIO())

def test_a(): replace("stdout")
""",
        "--phase-schedule=batch",
    )

    result.assert_outcomes(passed=2)
    assert section(result, CHANGED) == ["test_it.py::test_a: sys.stdout"]


def test_what_may_be_a_tests_own_is_not_named(at_once):
    result = at_once(
        """
@pytest.mark.parametrize("n", range(8))
def test_a(n):
    mine, table = victim.Thing(), {}
    patch = make_patch()
    meet()
    patch.setattr(mine, "value", n)
    patch.setitem(table, "value", n)
    meet()
    assert (mine.value, table) == (n, {"value": n})
"""
    )

    result.assert_outcomes(passed=9)
    assert section(result, CHANGED) == []


def test_change_by_a_thread_is_that_of_its_test(at_once):
    result = at_once(
        """
@pytest.mark.parametrize("n", range(8))
def test_a(n):
    meet()
    if n == 3:
        thread = threading.Thread(target=change_environment, args=(n,))
        thread.start()
        thread.join()
        drop_environment(n)
    meet()
"""
    )

    result.assert_outcomes(passed=9)
    assert section(result, CHANGED) == ["test_it.py::test_a[3]: os.environ['PHASES']"]


def test_unsafe_fixture_asked_for_at_run_time_is_noticed(at_once):
    result = at_once(
        """
@pytest.mark.parametrize("n", range(8))
def test_a(n, request):
    patch = request.getfixturevalue("monkeypatch")
    meet()
    patch.setattr(victim, "value", n)
    meet()
"""
    )

    result.assert_outcomes(passed=9)
    assert len(section(result, CHANGED)) == 8


def test_test_that_changed_the_process_runs_alone_from_the_next_run_on(
    pytester, phaserun
):
    pytester.makepyfile(
        helpers="import os\ndef change(): os.environ['PHASES'] = '1'",
        test_it="from helpers import change\ndef test_a(): change()",
    )

    first = phaserun.apart()
    second = phaserun.apart()

    first.stdout.fnmatch_lines(["phaserun: 1 test will run alone from the next run on"])
    second.stdout.fnmatch_lines(["phaserun: 1 alone: an earlier run (1)"])
    assert section(second, CHANGED) == []


def test_reason_of_a_remembered_test_is_told(at_once, phaserun):
    at_once("def test_a(): change_environment(1)")

    result = phaserun("--phase-explain=test_a")

    result.stdout.fnmatch_lines(
        ["  runs alone: changed os.environ['PHASES'] beside others in an earlier run"]
    )


def test_strict_makes_a_failure_of_it(at_once):
    result = at_once("def test_a(): change_environment(1)", "--phase-strict", "-rs")

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.no_fnmatch_line("All traceback entries are hidden*")
    result.stdout.fnmatch_lines(
        [
            "changed os.environ['PHASES'] while other tests could run; let the test "
            "run alone, or leave out --phase-strict",
        ]
    )


def test_change_of_a_test_that_is_given_up_is_put_back(at_once):
    result = at_once(
        """
def test_a():
    change_environment(1)
    while True:
        try:
            threading.Event().wait(0.05)
        except BaseException:
            pass

@pytest.mark.exclusive
def test_b(): assert "PHASES" not in env()
""",
        "--phase-timeout=0.3",
        "--phase-grace=0.2",
    )

    result.stdout.fnmatch_lines(["*1 passed, 1 skipped, 1 timeout in *"])


def test_what_tests_change_alone_is_theirs(at_once):
    result = at_once(
        """
@pytest.mark.exclusive
def test_a():
    patch = pytest.MonkeyPatch()
    patch.setattr(victim, "value", 1)
    patch.undo()
""",
        "--phase-strict",
    )

    result.assert_outcomes(passed=2)
    assert section(result, CHANGED) == []
