"""Which tests must run alone, by what they use and what their code refers to."""

from __future__ import annotations

import asyncio
import codecs
import gc
import logging
import os
import random
import signal
import sqlite3
import ssl
import sys
import threading
import unittest
import unittest.mock
from collections.abc import Callable
from os import chdir as move
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest

from pytest_phaserun.isolation.safety import FIXTURES, Safety

#: Why a test runs alone; ``None`` if it does not.
WhyAlone = Callable[[Callable[..., None]], "str | None"]

count = 0

interpreters = ModuleType("concurrent.interpreters")

#: As of a fixture, which often has the name of the module that it uses.
blockbuster = object()


@pytest.fixture
def why_alone(request: pytest.FixtureRequest) -> WhyAlone:
    """Ask about a function as if it were a test of this file."""

    def ask(function: Callable[..., None], safety: Safety | None = None) -> str | None:
        module = request.node.getparent(pytest.Module)
        item = pytest.Function.from_parent(
            module, name=function.__name__, callobj=function
        )
        found = (safety or Safety()).why_alone(item)
        return found and found.text

    return ask


# What is safe


def test_plain_test_may_run_beside_others(why_alone):
    def test_it(tmp_path, capsys, request):
        assert len(str(tmp_path)) == sum([1, 2])
        with pytest.raises(ValueError, match="x"):
            raise ValueError("x")

    assert why_alone(test_it) is None


def test_reading_from_dangerous_modules_is_safe(why_alone):
    def test_it():
        os.getpid()
        sys.stdout.write("x")
        threading.Thread()
        logging.getLogger().info("x")
        random.random()
        asyncio.run(asyncio.sleep(0))

    assert why_alone(test_it) is None


def test_local_variable_of_a_dangerous_name_is_safe(why_alone):
    def test_it():
        chdir = signal = 1
        assert chdir == signal

    assert why_alone(test_it) is None


def test_code_without_source_is_safe(why_alone):
    namespace: dict[str, Callable[[], None]] = {}
    exec("def test_it(): pass", namespace)

    assert why_alone(namespace["test_it"]) is None


# Fixtures


@pytest.mark.parametrize("name", ["monkeypatch", "capfd", "capfdbinary", "pytester"])
def test_fixture_that_changes_the_process_is_named(why_alone, name):
    namespace: dict[str, Callable[[], None]] = {}
    exec(f"def test_it({name}): pass", namespace)

    assert why_alone(namespace["test_it"]) == f"uses the fixture {name}"


def test_fixtures_of_a_fixture_count(why_alone):
    def test_it(patched): ...

    assert why_alone(test_it) == "uses the fixture monkeypatch"


@pytest.fixture
def patched(monkeypatch):
    return monkeypatch


def test_code_of_a_fixture_is_read(why_alone):
    def test_it(moves): ...

    assert why_alone(test_it) == "its fixture moves uses os.chdir"


@pytest.fixture
def moves():
    move(".")


def test_wide_fixture_bound_to_a_thread_is_named(why_alone):
    def test_it(database): ...

    reason = why_alone(test_it)

    assert reason == "its fixture database is bound to a thread (sqlite3.connect)"


@pytest.fixture(scope="module")
def database():
    return sqlite3.connect(":memory:")


def test_own_fixture_bound_to_a_thread_is_safe(why_alone):
    def test_it(own_database): ...

    assert why_alone(test_it) is None


@pytest.fixture
def own_database():
    return sqlite3.connect(":memory:")


@pytest.fixture(scope="module")
def tls():
    return ssl.create_default_context()


@pytest.fixture
def own_tls():
    return ssl.create_default_context()


@pytest.fixture
def picky(tls):
    tls.verify_mode = ssl.CERT_REQUIRED


def test_test_that_configures_a_wide_fixture_is_named(why_alone):
    def test_it(tls):
        tls.set_alpn_protocols(["h2"])

    reason = why_alone(test_it)

    assert reason == "changes the TLS configuration of tls, which other tests use"


def test_fixture_that_configures_a_wide_one_is_named(why_alone):
    def test_it(picky): ...

    reason = why_alone(test_it)

    assert reason == "changes the TLS configuration of tls, which other tests use"


def test_test_that_configures_what_is_its_own_is_safe(why_alone):
    def test_it(tls, own_tls):
        own_tls.options |= ssl.OP_NO_TICKET
        made = ssl.create_default_context()
        made.verify_mode = tls

    assert why_alone(test_it) is None


def test_unknown_fixtures_of_other_plugins_are_in_the_table():
    assert {"mocker", "session_mocker", "capfdbinary", "pytester"} <= FIXTURES


# Code


def changes_the_directory():
    os.chdir(".")


def changes_it_renamed():
    move(".")


def changes_the_environment():
    os.environ["X"] = "1"


def handles_signals():
    signal.alarm(0)


def collects_garbage():
    gc.collect()


def seeds():
    random.seed(1)


def patches():
    with unittest.mock.patch("os.getpid"):
        pass


def patches_renamed():
    with patch("os.getpid"):
        pass


def replaces_a_stream():
    sys.stdout = sys.stderr


def registers():
    codecs.register(codecs.lookup)


def interprets():
    interpreters.create()


def finds_blocking_calls():
    from blockbuster import blockbuster_ctx

    with blockbuster_ctx():
        pass


def patches_by_hand():
    threading.local = None


def counts():
    global count
    count += 1


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (changes_the_directory, "os.chdir"),
        (changes_it_renamed, "os.chdir"),
        (changes_the_environment, "os.environ"),
        (handles_signals, "signal"),
        (collects_garbage, "gc"),
        (seeds, "random.seed"),
        (patches, "mock"),
        (patches_renamed, "unittest.mock.patch"),
        (replaces_a_stream, "sys.stdout"),
        (counts, "a global variable"),
        (patches_by_hand, "threading.local"),
        (registers, "codecs.register"),
        (interprets, "interpreters"),
        (finds_blocking_calls, "blockbuster_ctx"),
    ],
)
def test_code_that_changes_the_process_is_named(why_alone, function, reason):
    assert why_alone(function) == f"{function.__name__} uses {reason}"


def test_decorator_of_mock_is_noticed(why_alone):
    @patch("os.getpid", lambda: 1)
    def test_it(): ...

    assert why_alone(test_it) == "test_it uses mock.patch"


def test_inner_functions_are_read(why_alone):
    def test_it():
        def inner():
            os.chdir(".")

        inner()

    assert why_alone(test_it) == "test_it uses os.chdir"


def test_imports_inside_a_function_are_seen(why_alone):
    def test_it():
        import signal

        signal.alarm(0)

    assert why_alone(test_it) == "test_it uses signal"


# Helpers


def one_deep():
    changes_the_directory()


def two_deep():
    one_deep()


def three_deep():
    two_deep()


def test_functions_that_a_test_calls_are_read_two_deep(why_alone):
    assert why_alone(one_deep) == "one_deep uses os.chdir"
    assert why_alone(two_deep) == "two_deep uses os.chdir"
    assert why_alone(three_deep) is None


@pytest.mark.parametrize(
    ("helper", "test", "reason"),
    [
        ("tests/tools.py", "tests/test_it.py", "moved uses os.chdir"),
        ("shop/tests/tools.py", "shop/tests/cart/test_it.py", "moved uses os.chdir"),
        ("shop/tools.py", "shop/tests/cart/test_it.py", None),
        ("tools.py", "test_it.py", None),
    ],
)
def test_helpers_are_read_in_all_files_of_a_suite(pytester, helper, test, reason):
    module = "shop." if helper.startswith("shop") else ""
    module += "tests.tools" if helper.startswith("shop/tests") else "tools"
    for name, text in {
        helper: "import os\ndef moved():\n    os.chdir('.')\n",
        test: f"from {module} import moved\ndef test_it():\n    moved()\n",
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in Path(name).parents:
            if name.startswith("shop") and parent.name:
                (pytester.path / parent / "__init__.py").touch()
    [item], _ = pytester.inline_genitems("--disable-plugin-autoload")

    found = Safety().why_alone(item)

    assert (found and found.text.replace("test_it", "moved")) == reason


def test_what_was_read_from_afar_is_read_again_from_near(why_alone):
    safety = Safety()

    far = why_alone(three_deep, safety)

    assert far is None
    assert why_alone(one_deep, safety) == "one_deep uses os.chdir"
    assert why_alone(two_deep, safety) == "two_deep uses os.chdir"


def calls_itself():
    calls_itself()


def test_functions_that_call_themselves_are_read_once(why_alone):
    assert why_alone(calls_itself) is None


# Methods and other items


class Quiet:
    def test_it(self): ...


class Loud(Quiet):
    def setup_method(self):
        os.chdir(".")


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.chdir(".")

    def test_it(self): ...


class WithHelper(Quiet):
    def helper(self):
        os.chdir(".")

    def test_it(self):
        self.helper()


@pytest.mark.parametrize(
    ("cls", "reason"),
    [
        (Quiet, None),
        (Loud, "setup_method uses os.chdir"),
        (Cases, "setUpClass uses os.chdir"),
        (WithHelper, "test_it uses os.chdir"),
    ],
)
def test_methods_of_a_class_are_read(request, cls, reason):
    class FakeMethod(pytest.Function):
        """A method whose class needs no node."""

    module = request.node.getparent(pytest.Module)
    item = FakeMethod.from_parent(
        module,
        name="test_it",
        callobj=cls("test_it").test_it
        if issubclass(cls, unittest.TestCase)
        else cls().test_it,
    )
    FakeMethod.cls = cls

    found = Safety().why_alone(item)
    assert (found and found.text) == reason


def test_items_that_are_no_functions_run_alone(request):
    class Document(pytest.Item):
        def runtest(self): ...

    item = Document.from_parent(request.node.getparent(pytest.Module), name="x")

    assert Safety().why_alone(item) == (
        "Document items",
        "Document items may change the whole process",
    )
