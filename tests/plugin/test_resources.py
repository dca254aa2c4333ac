"""Resources: who holds one runs without the others, who shares one runs with them."""

from __future__ import annotations

import pytest

#: Two that hold at once meet, in setup already; one that is joined by nobody goes on.
CONFTEST = """
    import threading

    import pytest

    BOTH = threading.Barrier(2)
    NOBODY = threading.Barrier(2)

    def meet():
        BOTH.wait(20)

    def meet_nobody():
        try:
            NOBODY.wait(0.1)
        except threading.BrokenBarrierError:
            NOBODY.reset()
        else:
            pytest.fail("two were there at once")

    @pytest.fixture
    def holds():
        meet_nobody()
"""

IMPORTS = "import pytest\nfrom conftest import meet, meet_nobody\n"


@pytest.fixture
def run(pytester, phaserun):
    """Run a file eight at once; nothing is run again alone."""

    def run(body, *arguments):
        pytester.makeconftest(CONFTEST)
        path = pytester.path / "test_it.py"
        path.write_text(IMPORTS + body)
        return phaserun("--phase-concurrency=8", "--phase-confirm=off", *arguments)

    return run


def test_who_holds_a_resource_is_the_only_one(run):
    # Those beside them meet: there are places for more than one.
    result = run("""
@pytest.mark.resource("database")
@pytest.mark.parametrize("n", range(3))
def test_write(holds, n): ...

@pytest.mark.parametrize("n", range(4))
def test_other(n): meet()
""")

    result.assert_outcomes(passed=7)


def test_those_who_read_are_there_together(run):
    result = run("""
@pytest.mark.resource("database", mode="read")
@pytest.mark.parametrize("n", range(4))
def test_read(n): meet()
""")

    result.assert_outcomes(passed=4)


def test_those_who_write_and_those_who_read_are_not(run):
    result = run("""
@pytest.mark.resource("database", mode="read")
def test_read(holds): ...

@pytest.mark.resource("database")
def test_write(holds): ...
""")

    result.assert_outcomes(passed=2)


def test_different_resources_do_not_exclude_one_another(run):
    result = run("""
@pytest.mark.resource("database")
def test_database(): meet()

@pytest.mark.resource("disk")
def test_disk(): meet()
""")

    result.assert_outcomes(passed=2)


def test_resources_of_class_and_module_are_held_too(run):
    result = run("""
pytestmark = pytest.mark.resource("database")

@pytest.mark.resource("disk")
class TestDisk:
    def test_both(self, holds): ...

def test_database(holds): ...

@pytest.mark.resource("disk")
def test_both(holds): ...
""")

    result.assert_outcomes(passed=3)


def test_use_of_a_test_goes_before_that_of_its_class(run):
    result = run("""
@pytest.mark.resource("database")
class TestDatabase:
    @pytest.mark.resource("database", mode="read")
    @pytest.mark.parametrize("n", range(4))
    def test_read(self, n): meet()
""")

    result.assert_outcomes(passed=4)


def test_resource_is_given_back_after_a_failure(run):
    result = run("""
@pytest.mark.resource("database")
@pytest.mark.parametrize("n", range(3))
def test_fails(n): assert 0

@pytest.mark.resource("database")
def test_setup(nonsense): ...

@pytest.mark.resource("database")
@pytest.mark.parametrize("n", range(2))
def test_write(holds, n): ...
""")

    result.assert_outcomes(passed=2, failed=3, errors=1)


def test_resource_is_held_to_the_end_of_teardown(run):
    result = run("""
@pytest.fixture
def torn_down():
    yield
    meet_nobody()

@pytest.mark.resource("database")
def test_one(torn_down): ...

@pytest.mark.resource("database")
def test_two(holds): ...
""")

    result.assert_outcomes(passed=2)


def test_two_resources_in_either_order_lead_to_no_deadlock(run):
    result = run("""
@pytest.mark.resource("a")
@pytest.mark.resource("b")
@pytest.mark.parametrize("n", range(2))
def test_ab(holds, n): ...

@pytest.mark.resource("b")
@pytest.mark.resource("a")
@pytest.mark.parametrize("n", range(2))
def test_ba(holds, n): ...
""")

    result.assert_outcomes(passed=4)
