"""Context variables: of eight tests at once each has its own, and those of fixtures."""

from __future__ import annotations

import pytest

VARIABLE = """
    from contextvars import ContextVar

    variable = ContextVar("variable", default=None)
"""


def test_context_variable_is_seen_in_all_stages_of_its_own_test_alone(eight):
    result = eight(
        f"""{VARIABLE}
    @pytest.fixture
    def sets(n):
        token = variable.set(n)
        meet()
        yield
        meet()
        assert variable.get() == n + 100
        variable.reset(token)

    @pytest.mark.parametrize("n", range(16))
    def test_it(n, sets):
        meet()
        assert variable.get() == n
        variable.set(n + 100)
        meet()
    """
    )

    result.assert_outcomes(passed=16)


def test_context_variable_of_a_task_is_that_of_its_test(eight):
    result = eight(
        f"""{VARIABLE}
    import asyncio

    async def read():
        await asyncio.sleep(0)
        return variable.get()

    async def spawn():
        meet()
        return await asyncio.gather(read(), read())

    @eight
    def test_it(n):
        variable.set(n)
        assert asyncio.run(spawn()) == [n, n]
    """
    )

    result.assert_outcomes(passed=8)


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_context_variable_of_a_wide_fixture_is_seen_by_all_its_tests(eight, scope):
    # One test makes the fixture, another one takes it down, with a token.
    result = eight(
        f"""{VARIABLE}
    @pytest.fixture(scope="{scope}")
    def wide():
        token = variable.set("wide")
        yield
        variable.reset(token)

    @pytest.fixture
    def uses(wide):
        assert variable.get() == "wide"
        meet()
        yield
        meet()
        assert variable.get() == "wide"

    class TestAll:
        @pytest.mark.parametrize("n", range(16))
        def test_it(self, n, uses):
            meet()
            assert variable.get() == "wide"

    @eight
    def test_without(n):
        for _ in range(3):
            meet()
            assert variable.get() is None
    """
    )

    result.assert_outcomes(passed=24)


@pytest.mark.parametrize(("maker", "user"), [("alone", "it"), ("it", "alone")])
def test_context_variable_of_a_wide_fixture_is_seen_by_a_test_alone(eight, maker, user):
    # A test alone makes it for the others, or finds it made.
    marks = {maker: "", user: f"@pytest.mark.depends_on('test_{maker}')"}

    result = eight(
        f"""{VARIABLE}
    @pytest.fixture(scope="session")
    def wide():
        token = variable.set("wide")
        yield
        variable.reset(token)

    {marks["alone"]}
    @pytest.mark.exclusive
    def test_alone(wide):
        assert variable.get() == "wide"

    {marks["it"]}
    @eight
    def test_it(n, wide):
        meet()
        assert variable.get() == "wide"
    """
    )

    result.assert_outcomes(passed=9)


def test_wide_fixtures_that_build_on_one_another_set_a_variable_in_turn(eight):
    result = eight(
        f"""{VARIABLE}
    @pytest.fixture(scope="session")
    def outer():
        token = variable.set("outer")
        yield
        assert variable.get() == "outer"
        variable.reset(token)

    @pytest.fixture(scope="module")
    def inner(outer):
        assert variable.get() == "outer"
        token = variable.set("inner")
        yield
        assert variable.get() == "inner"
        variable.reset(token)

    @pytest.fixture
    def own(outer):
        variable.set("own")

    @eight
    def test_inner(n, inner):
        meet()
        assert variable.get() == "inner"

    @eight
    def test_own(n, inner, own, request):
        meet()
        request.getfixturevalue("inner")
        assert variable.get() == "own"

    @eight
    def test_outer(n, outer):
        meet()
        assert variable.get() == "outer"
    """
    )

    result.assert_outcomes(passed=24)


def test_context_variable_follows_the_parameter_of_a_wide_fixture(eight):
    result = eight(
        f"""{VARIABLE}
    @pytest.fixture(scope="module", params="ab")
    def wide(request):
        token = variable.set(request.param)
        yield request.param
        variable.reset(token)

    @pytest.fixture(scope="module")
    def builds(wide):
        token = variable.set(variable.get() * 2)
        yield wide
        variable.reset(token)

    @eight
    def test_it(n, builds):
        meet()
        assert variable.get() == builds * 2
    """
    )

    result.assert_outcomes(passed=16)


def test_output_of_a_teardown_belongs_to_the_test_that_takes_down(eight):
    # The context of the fixture is that of the test that made it, which has ended.
    result = eight(
        """
        @pytest.fixture(scope="session")
        def wide():
            yield
            print("taken down")

        @pytest.mark.parametrize("n", range(9))
        def test_it(n, wide):
            if n < 8:
                meet()
        """,
        "-rA",
    )

    result.assert_outcomes(passed=9)
    assert result.outlines.count("taken down") == 1
    assert "unattributed output" not in result.stdout.str()
