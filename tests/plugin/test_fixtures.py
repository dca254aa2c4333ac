"""Fixtures of tests that run beside one another: how often, for whom, until when."""

from __future__ import annotations

import pytest

from .reading import ONCE, order

#: Writes down, in a file that is checked at the end, what fixtures do.
LOG_CONFTEST = """
    import builtins
    import pytest

    builtins.LOG = LOG = []

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(config):
        config.rootpath.joinpath("log.txt").write_text("\\n".join(LOG))
"""


@pytest.fixture
def log(pytester: pytest.Pytester):
    """Let the inner suite write lines with ``LOG.append``; call it to read them."""
    pytester.makeconftest(LOG_CONFTEST)
    return lambda: (pytester.path / "log.txt").read_text().splitlines()


# Wide fixtures


@pytest.mark.parametrize("schedule", ["phase", "graph", "batch"])
@pytest.mark.parametrize("scope", ["session", "package", "module", "class"])
def test_wide_fixture_is_set_up_once_and_taken_down_after_its_last_user(
    pytester, phaserun, log, scope, schedule
):
    pytester.makepyfile(
        f"""
        import threading
        import pytest

        all_sixteen = threading.Barrier(16)

        @pytest.fixture(scope={scope!r})
        def wide():
            LOG.append("up")
            yield object()
            LOG.append("down")

        class TestUsers:
            @pytest.mark.parametrize("i", range(48))
            def test_use(self, i, wide):
                all_sixteen.wait(10)
                LOG.append("use")
        """
    )

    result = phaserun("--phase-concurrency=16", f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=48)
    assert log() == ["up", *["use"] * 48, "down"]


def test_wide_fixture_has_one_value_for_each_of_its_nodes(pytester, phaserun):
    conftest = """
import pytest

for scope in ("session", "package", "module", "class", "function"):
    def make():
        return object()

    globals()[scope] = pytest.fixture(scope=scope, name="of_" + scope)(make)
"""
    suite = """
import builtins
import threading
import pytest

both = threading.Barrier(2)
seen = builtins.__dict__.setdefault("SEEN", {})

class Base:
    @pytest.mark.parametrize("i", range(4))
    def test_use(
        self, i, request, of_session, of_package, of_module, of_class, of_function
    ):
        both.wait(10)
        module, cls = request.path, type(self).__name__
        values = {
            module.parent: of_package,
            module: of_module,
            (module, cls): of_class,
            (module, cls, i): of_function,
        }
        for node, value in values.items():
            assert seen.setdefault(node, value) is value
        everything = list(seen.values())
        assert len({id(value) for value in everything}) == len(everything)

class TestA(Base): ...

class TestB(Base): ...
"""
    for package in ("a", "b"):
        path = pytester.mkpydir(package)
        (path / "conftest.py").write_text(conftest)
        for module in ("test_1.py", "test_2.py"):
            (path / module).write_text(suite)

    result = phaserun("--phase-concurrency=4")

    result.assert_outcomes(passed=32)


def test_module_fixture_ends_before_the_run_when_its_last_user_has_ended(
    pytester, phaserun, log
):
    # The dependent in the other file starts after the first file is done with.
    pytester.makepyfile(
        test_a="""
        import pytest

        @pytest.fixture(scope="module")
        def db():
            yield
            LOG.append("down")

        def test_a(db): ...
        """,
        test_b="""
        import pytest

        @pytest.mark.depends_on("test_a")
        def test_b():
            LOG.append("b")
        """,
    )

    result = phaserun()

    result.assert_outcomes(passed=2)
    assert log() == ["down", "b"]


def test_fixture_stays_up_for_users_in_a_later_phase(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def db():
            LOG.append("up")
            yield
            LOG.append("down")

        def test_first(db): ...

        @pytest.mark.depends_on("test_first")
        def test_last(db):
            LOG.append("last")
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=2)
    assert log() == ["up", "last", "down"]


def test_fixture_is_taken_down_when_its_remaining_users_are_blocked(
    pytester, phaserun, log
):
    pytester.makepyfile(
        test_a="""
        import builtins
        import threading
        import pytest

        builtins.down = threading.Event()

        @pytest.fixture(scope="module")
        def db():
            yield
            LOG.append("down")
            down.set()

        def test_first(db):
            assert False

        @pytest.mark.depends_on("test_first")
        def test_blocked(db): ...
        """,
        test_b="""
        def test_other():
            assert down.wait(10)
        """,
    )

    result = phaserun(ONCE)

    result.assert_outcomes(failed=1, skipped=1, passed=1)
    assert log() == ["down"]


def test_exclusive_and_concurrent_tests_share_wide_fixtures(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def db():
            LOG.append("up")
            yield
            LOG.append("down")

        def test_one(db): ...

        @pytest.mark.exclusive
        def test_alone(db): ...

        @pytest.mark.depends_on("test_alone")
        def test_last(db): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=3)
    assert log() == ["up", "down"]


# Function fixtures


def test_function_fixtures_values_are_never_shared(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_sixteen = threading.Barrier(16)

        @pytest.fixture
        def own(request):
            value = [request.node.name]
            yield value
            assert value == [request.node.name, "used by " + request.node.name]

        @pytest.fixture
        def derived(own):
            all_sixteen.wait(10)
            return own

        @pytest.mark.parametrize("i", range(32))
        def test_use(i, own, derived, request):
            all_sixteen.wait(10)
            assert derived is own
            assert own == [request.node.name]
            own.append("used by " + request.node.name)
        """
    )

    result = phaserun("--phase-concurrency=16")

    result.assert_outcomes(passed=32)


def test_request_knows_its_own_test(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.fixture
        def about(request):
            both.wait(10)
            return request.node.name, request.param

        @pytest.mark.parametrize("about", [1, 2, 3, 4], indirect=True)
        def test_one(about, request):
            both.wait(10)
            assert about == (request.node.name, request.node.callspec.params["about"])
        """
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=4)


def test_finalizers_run_in_reverse_order_for_every_test(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def outer(request):
            request.addfinalizer(lambda: LOG.append(f"{request.node.name} outer"))

        @pytest.fixture
        def inner(outer, request):
            yield
            LOG.append(f"{request.node.name} inner")

        @pytest.mark.parametrize("i", range(8))
        def test_one(inner, i): ...
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=8)
    lines = log()
    for i in range(8):
        own = [line for line in lines if line.startswith(f"test_one[{i}]")]
        assert own == [f"test_one[{i}] inner", f"test_one[{i}] outer"]


# Parameters


@pytest.mark.parametrize("schedule", ["phase", "graph", "batch"])
@pytest.mark.parametrize("scope", ["session", "package", "module", "class"])
def test_parametrized_wide_fixture_never_has_two_parameters_at_a_time(
    pytester, phaserun, log, scope, schedule
):
    pytester.makepyfile(
        f"""
        import pytest

        up = set()

        @pytest.fixture(scope={scope!r}, params=["a", "b", "c"])
        def wide(request):
            up.add(request.param)
            assert len(up) == 1
            LOG.append(request.param)
            yield request.param
            up.discard(request.param)

        class TestUsers:
            @pytest.mark.parametrize("i", range(4))
            def test_use(self, i, wide):
                assert up == {{wide}}
        """
    )

    result = phaserun("--phase-concurrency=16", f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=12)
    assert sorted(log()) == ["a", "b", "c"]


def test_value_of_the_last_parameter_is_finished_by_one_test(pytester, phaserun):
    pytester.makeconftest(
        """
        import threading

        started = threading.Semaphore(0)

        def pytest_runtest_setup(item):
            if "two" in item.name:
                started.release()
        """
    )
    pytester.makepyfile(
        """
        import threading

        import pytest
        from conftest import started

        made = []
        made_again = threading.Event()

        @pytest.fixture(scope="module", params=["one", "two"])
        def wide(request):
            made.append(request.param)
            if request.param == "two":
                made_again.set()
            yield request.param
            if request.param == "one":
                # Both of the others are on their way here.
                assert started.acquire(timeout=10) and started.acquire(timeout=10)
                assert not made_again.wait(0.3)

        @pytest.fixture(scope="module")
        def built_of_it(wide):
            made.append(f"of {wide}")

        @pytest.mark.parametrize("i", range(2))
        def test_it(i, built_of_it): ...

        @pytest.mark.depends_on("test_it")
        def test_all():
            assert made == ["one", "of one", "two", "of two"]
        """
    )

    result = phaserun(ONCE)

    result.assert_outcomes(passed=5)


def test_tests_with_one_parameter_of_a_wide_fixture_overlap(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.fixture(scope="module", params=["a", "b"])
        def wide(request):
            return request.param

        @pytest.mark.parametrize("i", range(2))
        def test_pair(i, wide):
            both.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=4)


def test_parameters_of_different_modules_overlap(pytester, phaserun):
    pytester.makeconftest(
        """
        import builtins
        import threading
        import pytest

        builtins.both = threading.Barrier(2)

        @pytest.fixture(scope="module", params=["x"])
        def wide(request):
            return request.param
        """
    )
    pytester.makepyfile(
        test_a="def test_a(wide): both.wait(10)",
        test_b="def test_b(wide): both.wait(10)",
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=2)


def test_wide_parameters_given_by_a_mark_are_kept_apart(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        up = set()

        @pytest.fixture
        def wide(request):
            up.add(request.param)
            yield request.param
            up.discard(request.param)

        @pytest.mark.parametrize("wide", [[1], [2]], indirect=True, scope="module")
        @pytest.mark.parametrize("i", range(3))
        def test_one(i, wide): ...
        """.replace("up.add(request.param)", "up.add(str(request.param))").replace(
            "up.discard(request.param)",
            "up.discard(str(request.param))\n            assert not up",
        )
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=6)


# Finding fixtures


def test_overridden_fixtures_build_on_one_another(pytester, phaserun):
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def wide():
            return ["conftest"]

        @pytest.fixture
        def own():
            return ["conftest"]
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def wide(wide):
            return [*wide, "module"]

        @pytest.fixture
        def own(own):
            return [*own, "module"]

        class TestInClass:
            @pytest.fixture
            def own(self, own, request):
                return [*own, request.node.name]

            @pytest.mark.parametrize("i", range(8))
            def test_one(self, i, own, wide):
                assert own == ["conftest", "module", f"test_one[{i}]"]
                assert wide == ["conftest", "module"]
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=8)


def test_fixtures_can_be_asked_for_while_a_test_runs(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_eight = threading.Barrier(8)

        @pytest.fixture(scope="session")
        def wide():
            LOG.append("up")
            yield object()
            LOG.append("down")

        @pytest.fixture
        def own(request):
            return request.node.name

        values = set()

        @pytest.mark.parametrize("i", range(8))
        def test_one(i, request):
            all_eight.wait(10)
            values.add(request.getfixturevalue("wide"))
            assert len(values) == 1
            assert request.getfixturevalue("own") == f"test_one[{i}]"
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=8)
    assert log() == ["up", "down"]


def test_unknown_fixture_asked_for_while_a_test_runs_is_a_lookup_error(
    pytester, phaserun
):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("i", range(4))
        def test_one(i, request):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue("nonsense")
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=4)


def test_fixtures_that_depend_on_fixtures_of_all_scopes_are_made_without_deadlock(
    pytester, phaserun
):
    # Two orders of the same two chains, asked for at once.
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_eight = threading.Barrier(8)

        @pytest.fixture(scope="session")
        def root(): ...

        @pytest.fixture(scope="session")
        def left(root): ...

        @pytest.fixture(scope="session")
        def right(root): ...

        @pytest.fixture(scope="module")
        def both(left, right): ...

        @pytest.mark.parametrize("i", range(64))
        def test_one(i, request):
            all_eight.wait(10)
            names = ["left", "right", "both"]
            for name in names if i % 2 else reversed(names):
                request.getfixturevalue(name)
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(passed=64)


# Errors


@pytest.mark.parametrize("scope", ["session", "module", "class"])
def test_error_of_a_wide_fixture_is_an_error_for_all_its_users(
    pytester, phaserun, log, scope
):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def broken():
            LOG.append("tried")
            raise ValueError("no luck")

        class TestUsers:
            @pytest.mark.parametrize("i", range(8))
            def test_one(self, i, broken): ...
        """
    )

    result = phaserun("--phase-concurrency=8", ONCE)

    result.assert_outcomes(errors=8)
    assert log() == ["tried"]
    assert result.stdout.lines.count("E       ValueError: no luck") == 8


def test_skip_in_a_wide_fixture_skips_all_its_users(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def absent():
            pytest.skip("not here")

        @pytest.mark.parametrize("i", range(8))
        def test_one(i, absent): ...
        """
    )

    result = phaserun("--phase-concurrency=8")

    result.assert_outcomes(skipped=8)


@pytest.mark.parametrize("scope", ["function", "class", "module", "session"])
def test_teardown_error_is_reported_once(pytester, phaserun, scope):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def bad():
            yield
            raise ValueError("does not go down")

        class TestUsers:
            def test_one(self, bad): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "_* ERROR at teardown of TestUsers.test_one _*",
            "E *ValueError: does not go down",
        ]
    )


def test_teardown_goes_on_after_an_error(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session")
        def outer():
            yield
            LOG.append("outer down")

        @pytest.fixture
        def inner(outer):
            yield
            raise ValueError

        def test_one(inner): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    assert log() == ["outer down"]


def test_several_teardown_errors_are_a_group(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def one():
            yield
            raise ValueError("first")

        @pytest.fixture
        def two():
            yield
            raise ValueError("second")

        def test_one(one, two): ...
        """
    )

    result = phaserun()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines_random(["*ValueError: first", "*ValueError: second"])


@pytest.mark.parametrize("option", ["-x", "--maxfail=2"])
def test_stopped_run_takes_everything_down(pytester, phaserun, log, option):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def run():
            yield
            LOG.append("run down")

        @pytest.fixture(scope="module", autouse=True)
        def module():
            yield
            LOG.append("module down")

        @pytest.fixture(scope="class", autouse=True)
        def cls():
            yield
            LOG.append("class down")

        class TestAll:
            @pytest.mark.parametrize("i", range(20))
            def test_one(self, i):
                assert False
        """
    )

    phaserun(option)

    assert log() == ["class down", "module down", "run down"]


# xunit style and unittest


def test_xunit_methods_run_once_for_what_they_are_for(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        def setup_module(): LOG.append("module up")
        def teardown_module(): LOG.append("module down")
        def setup_function(function): LOG.append("function up")
        def teardown_function(function): LOG.append("function down")

        @pytest.mark.parametrize("i", range(4))
        def test_function(i):
            both.wait(10)

        class TestAll:
            @classmethod
            def setup_class(cls): LOG.append("class up")

            @classmethod
            def teardown_class(cls): LOG.append("class down")

            def setup_method(self, method): self.mine = threading.get_ident()

            def teardown_method(self, method):
                assert self.mine == threading.get_ident()
                LOG.append("method down")

            @pytest.mark.parametrize("i", range(4))
            def test_method(self, i):
                assert self.mine == threading.get_ident()
                both.wait(10)
        """
    )

    result = phaserun("--phase-concurrency=2")

    result.assert_outcomes(passed=8)
    lines = log()
    counts = {line: lines.count(line) for line in lines}
    assert counts == {
        "module up": 1,
        "module down": 1,
        "function up": 4,
        "function down": 4,
        "class up": 1,
        "class down": 1,
        "method down": 4,
    }
    assert (lines[0], lines[-1]) == ("module up", "module down")


def test_test_cases_of_unittest_run_beside_one_another(pytester, phaserun, log):
    pytester.makepyfile(
        """
        import threading
        import unittest

        both = threading.Barrier(2)

        class TestAll(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                LOG.append("class up")
                cls.shared = object()

            @classmethod
            def tearDownClass(cls):
                LOG.append("class down")

            def setUp(self):
                self.own = threading.get_ident()
                self.addCleanup(LOG.append, "cleanup")

            def tearDown(self):
                assert self.own == threading.get_ident()

            def test_a(self):
                both.wait(10)
                self.assertIsNotNone(self.shared)

            def test_b(self):
                both.wait(10)
                self.assertEqual(self.own, threading.get_ident())

            @unittest.skip("today")
            def test_skipped(self): ...

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

            def test_fails(self):
                self.assertEqual(1, 2)
        """
    )

    result = phaserun(ONCE)

    result.assert_outcomes(passed=2, skipped=1, xfailed=1, failed=1)
    assert log() == ["class up", *["cleanup"] * 4, "class down"]


def test_depends_on_works_between_methods_of_a_test_case(pytester, phaserun):
    pytester.makepyfile(
        """
        import unittest
        import pytest

        class TestAll(unittest.TestCase):
            @pytest.mark.depends_on("test_z")
            def test_a(self): ...

            def test_z(self): ...
        """
    )

    result = phaserun("-v")

    assert order(result) == ["test_z", "test_a"]


# Temporary directories


def test_temporary_directories_are_distinct(pytester, phaserun):
    pytester.makepyfile(
        """
        import threading
        import pytest

        all_sixteen = threading.Barrier(16)
        seen = set()

        @pytest.fixture
        def together():
            all_sixteen.wait(10)

        @pytest.mark.parametrize("i", range(64))
        def test_the_same_long_name(i, together, tmp_path, tmp_path_factory):
            assert list(tmp_path.iterdir()) == []
            (tmp_path / "mine").touch()
            for path in (tmp_path, tmp_path_factory.mktemp("x")):
                assert path not in seen
                seen.add(path)
        """
    )

    result = phaserun("--phase-concurrency=16")

    result.assert_outcomes(passed=64)
