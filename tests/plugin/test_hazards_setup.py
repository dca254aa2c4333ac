"""Eight tests at once and what is set up for them: packages, modules, classes.

pytest keeps one stack of what is set up, that of the one running test. Every inner test
meets the seven others while it runs, so that eight such chains are up at a time.
"""

from __future__ import annotations

import pytest

from .meeting import EightAtOnce


@pytest.fixture
def at_once(pytester, phaserun):
    """Run inner tests, eight at once."""
    return EightAtOnce(pytester, phaserun)


# Chains of nodes


def test_eight_chains_are_up_and_each_is_taken_down_for_itself(at_once):
    # Hazard: pytest finds nodes of another chain on its stack and stops with "previous
    # item was not torn down properly", or takes them down with its own.
    module = """
        class TestIt:
            @classmethod
            def teardown_class(cls):
                LOG.append("class {n}")

            def test_it(self, request):
                downs = request.config.downs
                meet()
                assert {n} == 0 or downs[{n} - 1].wait(10)

        def teardown_module():
            LOG.append("module {n}")
    """
    conftest = """
        def pytest_configure(config):
            config.downs = [threading.Event() for _ in range(8)]

        @pytest.fixture(scope="module", autouse=True)
        def tells(request):
            yield
            number = int(request.path.stem.rpartition("_")[2])
            request.config.downs[number].set()
    """

    result = at_once(
        {f"p{n}/test_{n}.py": module.format(n=n) for n in range(8)}, conftest=conftest
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == [
        line for n in range(8) for line in (f"class {n}", f"module {n}")
    ]


def test_node_stays_up_until_the_last_of_eight_tests_has_ended(at_once):
    # Hazard: with the test that comes next in another chain, the end of any test takes
    # the class and the module of all down.
    result = at_once(
        """
        ended = [threading.Event() for _ in range(8)]

        class TestIt:
            @classmethod
            def setup_class(cls):
                LOG.append("up")

            @classmethod
            def teardown_class(cls):
                LOG.append("down")

            def teardown_method(self):
                LOG.append("end")
                ended[self.i].set()

            @eight
            def test_it(self, i):
                self.i = i
                meet()
                assert i == 0 or ended[i - 1].wait(10)
                assert "down" not in LOG
        """
    )

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["up", *["end"] * 8, "down"]


def test_finalizers_that_tests_give_to_shared_nodes_all_run_at_its_end(at_once):
    # Hazard: finalizers are put on one stack while others take theirs off.
    result = at_once(
        """
        @eight
        def test_it(i, request):
            meet()
            request.node.parent.addfinalizer(lambda: LOG.append(f"module {i}"))
            request.session.addfinalizer(lambda: LOG.append(f"session {i}"))
            meet()
            LOG.append("test")
        """
    )

    result.assert_outcomes(passed=8)
    lines = at_once.log()
    assert lines[:8] == ["test"] * 8
    assert sorted(lines[8:16]) == [f"module {i}" for i in range(8)]
    assert sorted(lines[16:]) == [f"session {i}" for i in range(8)]


# Errors of what is shared

#: All eight are about to be told of the error, then all eight have it in their hands.
WITNESS = """
    held = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup():
        meet()

    def pytest_runtest_makereport(call):
        if call.when == "setup":
            held.append(call.excinfo.value)
            meet()
            names = [entry.name for entry in call.excinfo.traceback]
            LOG.append(f"{names.count('explode')} of {len(names)} frames")
            meet()
            if len(held) == 8:
                LOG.append(f"{len(set(map(id, held)))} exceptions")
                held.clear()
"""

EXPLODE = """
    class Custom(Exception):
        def __init__(self, code, text):
            super().__init__(f"{text} {code}")
            self.code = code

    def explode():
        LOG.append("tried")
        try:
            int("seven")
        except ValueError as error:
            raise Custom(7, "no luck") from error
"""

USERS = """
    class TestIt:
        @eight
        def test_it(self, i{argument}): ...
"""

FIXTURE = """
    @pytest.fixture(scope="{scope}")
    def broken():
        explode()
"""

BROKEN = {
    "session fixture": FIXTURE.format(scope="session") + USERS,
    "package fixture": FIXTURE.format(scope="package") + USERS,
    "module fixture": FIXTURE.format(scope="module") + USERS,
    "class fixture": FIXTURE.format(scope="class") + USERS,
    "setup_module": "    def setup_module(): explode()\n" + USERS,
    "setup_class": USERS
    + "        @classmethod\n        def setup_class(cls): explode()\n",
}


def check_that_each_has_its_own_error(result, lines):
    """Assert that all eight were told the same, each by an exception of its own."""
    result.assert_outcomes(errors=8)
    tried, *frames, exceptions = lines
    assert (tried, exceptions) == ("tried", "8 exceptions")
    assert len(frames) == 8
    assert {line.partition(" ")[0] for line in frames} == {"1"}
    text = result.stdout.str()
    assert text.count("ValueError: invalid literal") >= 8
    for i in range(8):
        assert f"test_it[{i}] - test_it.Custom: no luck 7" in text


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_error_of_a_shared_setup_is_told_to_eight_tests_without_mixing(at_once, source):
    # Hazard: pytest raises the one exception it has kept, in several threads at once,
    # so that each traceback shows the frames of the others as well.
    argument = ", broken" if "def broken" in source else ""
    users = source.replace("{argument}", argument)

    result = at_once({"test_it.py": EXPLODE + users}, "-rE", conftest=WITNESS)

    check_that_each_has_its_own_error(result, at_once.log())


def test_error_of_a_package_is_told_to_eight_tests_without_mixing(at_once):
    # Hazard: as above, for errors that the stack itself keeps, of nodes.
    init = "    def setup_module(): explode()\n"

    result = at_once(
        {
            "package/__init__.py": EXPLODE + init,
            "package/test_it.py": USERS.format(argument=""),
        },
        conftest=WITNESS,
    )

    result.assert_outcomes(errors=8)
    tried, *frames, exceptions = at_once.log()
    assert (tried, exceptions) == ("tried", "8 exceptions")
    assert {line.partition(" ")[0] for line in frames} == {"1"}


def test_skip_of_a_shared_fixture_is_told_to_eight_tests(at_once):
    result = at_once(
        """
        @pytest.fixture(scope="session")
        def absent():
            LOG.append("tried")
            pytest.skip("not here")

        @eight
        def test_it(i, absent): ...
        """,
        "-rs",
        conftest="""
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup():
            meet()
        """,
    )

    result.assert_outcomes(skipped=8)
    assert at_once.log() == ["tried"]
    result.stdout.fnmatch_lines(["SKIPPED [[]8[]] *: not here"])


# One test at a time


def test_showing_setups_runs_one_test_at_a_time_as_plain_pytest_does(at_once, phaserun):
    # Hazard: the lines of several setups would be mixed.
    at_once.write(
        """
        @pytest.fixture(scope="module")
        def wide(): ...

        @pytest.fixture
        def own(wide): ...

        @eight
        def test_it(i, own): ...
        """,
        conftest="""
        running = []

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol(item):
            running.append(item)
            LOG.append(f"{len(running)} at once, on main: {is_main()}")
            try:
                return (yield)
            finally:
                running.remove(item)
        """,
    )

    result = phaserun("--setup-show", "--phase-concurrency=8")

    result.assert_outcomes(passed=8)
    assert at_once.log() == ["1 at once, on main: True"] * 8
    plain = phaserun.plain("--setup-show")
    assert shown_setups(result) == shown_setups(plain) != []


def shown_setups(result: pytest.RunResult) -> list[str]:
    """Return the lines that show setups and who uses them."""
    return [line.partition(")")[0] for line in result.outlines if line[:4] == " " * 4]
