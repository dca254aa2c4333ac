"""Fixtures of tests that run beside one another: how often, for whom, until when."""

from __future__ import annotations

import pytest

from .reading import ONCE

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
