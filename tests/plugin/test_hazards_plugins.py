"""Plugins around eight tests at once, and what pytest keeps for the whole session.

Wrappers of hooks, reports, the cache, subtests and comparisons.
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from .reading import order, section

# Wrappers of hooks


def test_wrappers_of_a_conftest_surround_each_test_on_its_own_thread(pytester, eight):
    pytester.makeconftest(
        """
        import threading
        import pytest

        STEPS = pytest.StashKey[list]()
        STAGES = ("setup", "call", "teardown")

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(item):
            item.stash[STEPS] = [threading.get_ident()]
            result = yield
            steps = item.stash[STEPS]
            assert steps[0] == threading.get_ident()
            stages = [(stage, item.name) for stage in STAGES]
            assert steps[1:] == [
                step
                for stage in stages
                for step in (("before", *stage), ("after", *stage), ("report", *stage))
            ]
            return result

        def note(item, *step):
            assert item.stash[STEPS][0] == threading.get_ident()
            item.stash[STEPS].append(step)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_setup(item):
            note(item, "before", "setup", item.name)
            yield
            note(item, "after", "setup", item.name)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(item):
            note(item, "before", "call", item.name)
            yield
            note(item, "after", "call", item.name)

        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_teardown(item, nextitem):
            assert nextitem is None or nextitem in item.session.items
            note(item, "before", "teardown", item.name)
            yield
            note(item, "after", "teardown", item.name)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            note(item, "report", call.when, item.name)
            report.user_properties.append(("made for", item.name))
            return report

        def pytest_runtest_logreport(report):
            assert threading.current_thread() is threading.main_thread()
            (name,) = {name for _, name in report.user_properties}
            assert report.nodeid.endswith(name)
        """
    )

    result = eight(
        """
        @pytest.fixture
        def fixture():
            meet()
            yield
            meet()

        @pytest.mark.parametrize("n", range(16))
        def test_it(n, fixture):
            meet()
        """
    )

    assert result.ret == 0
    result.assert_outcomes(passed=16)


def test_fixture_sees_the_reports_that_a_wrapper_keeps_on_its_own_test(pytester, eight):
    # The way to know in a teardown whether the test failed, as pytest's pages show it.
    pytester.makeconftest(
        """
        import pytest

        REPORTS = pytest.StashKey[dict]()

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            item.stash.setdefault(REPORTS, {})[report.when] = report
            return report

        @pytest.fixture
        def look(request, n):
            yield
            reports = request.node.stash[REPORTS]
            assert reports["setup"].passed
            assert reports["call"].failed == (n % 2 == 1)
            assert reports["call"].nodeid == request.node.nodeid
        """
    )

    result = eight(
        """
        @eight
        def test_it(n, look):
            meet()
            assert n % 2 == 0
        """
    )

    result.assert_outcomes(passed=4, failed=4)


def test_tests_see_one_session_and_one_config(eight):
    result = eight(
        """
        seen = []

        @pytest.fixture(scope="session")
        def key(request):
            key = pytest.StashKey[list]()
            request.config.stash[key] = []
            return key

        @eight
        def test_it(n, request, pytestconfig, key):
            meet()
            assert request.config is pytestconfig is request.session.config
            assert request.node in request.session.items
            assert len(request.session.items) == 8
            pytestconfig.stash[key].append(n)
            meet()
            assert sorted(pytestconfig.stash[key]) == list(range(8))
        """
    )

    result.assert_outcomes(passed=8)


# Reports and the cache


def test_every_kind_of_ending_is_that_of_its_own_test(pytester, eight):
    # Marks that are added while a test runs are evaluated again by pytest's skipping.
    result = eight(
        """
        @pytest.mark.parametrize("n", range(16))
        def test_it(n, request, record_property):
            if n % 8 == 0:
                request.node.add_marker(pytest.mark.xfail(reason=f"reason {n}"))
            meet()
            record_property("number", n)
            if n % 8 in (0, 1):
                assert n == "another"
            if n % 8 == 2:
                pytest.skip(f"reason {n}")
            if n % 8 == 3:
                pytest.xfail(f"reason {n}")
            if n % 8 == 4:
                pytest.fail(f"reason {n}")
        """,
        *("-rsx", "--junit-xml=out.xml", "-o", "junit_family=xunit1"),
    )

    result.assert_outcomes(passed=6, failed=4, skipped=2, xfailed=4)
    text = result.stdout.str()
    for n in (2, 10):
        assert f": reason {n}\n" in text
    for n in (0, 3, 8, 11):
        assert f"test_it[{n}] - reason {n}\n" in text.replace("reason: ", "reason ")
    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    # What tests say themselves comes first.
    found = {
        case.get("name"): next(case.iter("property")).get("value") for case in suite
    }
    assert found == {f"test_it[{n}]": str(n) for n in range(16)}


def test_values_of_the_cache_are_written_and_read_whole(eight):
    # A reader of a file that is being written would be given the default.
    result = eight(
        """
        @eight
        def test_it(n, pytestconfig):
            cache = pytestconfig.cache
            for _ in range(20):
                meet()
                cache.set("hazard/shared", [n] * (4000 - 400 * n))
                cache.set(f"hazard/{n}", n)
                shared = cache.get("hazard/shared", [])
                assert shared == [shared[0]] * (4000 - 400 * shared[0])
                assert cache.get(f"hazard/{n}", None) == n
        """
    )

    result.assert_outcomes(passed=8)


def test_last_failed_holds_the_tests_that_failed_beside_others(eight):
    suite = """
        @eight
        def test_it(n):
            meet()
            assert n not in (2, 5)
    """
    eight(suite)

    result = eight(suite.replace("meet()", ""), "--lf", "-v")

    result.assert_outcomes(failed=2)
    assert sorted(order(result)) == ["test_it[2]", "test_it[5]"]


# Subtests


def test_subtests_of_unittest_are_those_of_their_own_test(eight):
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")

    result = eight(
        """
        import unittest

        class TestAll(unittest.TestCase):
            def check(self, n):
                for part in range(3):
                    with self.subTest(part=part):
                        meet()
                        self.assertNotEqual((n, part), (6, 1))

        for n in range(8):
            setattr(TestAll, f"test_{n}", lambda self, n=n: self.check(n))
        """
    )

    # As without phases: the test around its subtests has passed.
    result.assert_outcomes(passed=8, failed=1)
    result.stdout.fnmatch_lines(["SUBFAILED(part=1) *::test_6 *"])


def test_test_cases_share_the_setup_of_their_class(eight):
    result = eight(
        """
        import unittest

        events = []

        class TestAll(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.shared = object()
                events.append("class up")
                cls.addClassCleanup(events.append, "class cleaned up")

            @classmethod
            def tearDownClass(cls):
                events.append("class down")

            def setUp(self):
                meet()
                self.own = object()
                self.addCleanup(meet)

            def check(self, n):
                own = self.own
                meet()
                self.assertIs(own, self.own)
                self.assertEqual(events, ["class up"])

            def tearDown(self):
                self.assertEqual(events, ["class up"])

        for n in range(8):
            setattr(TestAll, f"test_{n}", lambda self, n=n: self.check(n))

        @pytest.mark.exclusive
        @pytest.mark.depends_on("TestAll")
        def test_after():
            assert events == ["class up", "class down", "class cleaned up"]
        """
    )

    result.assert_outcomes(passed=9)


# Comparisons


def test_comparisons_are_explained_by_the_conftest_of_their_own_folder(
    pytester, phaserun, eight
):
    pytester.syspathinsert()
    for folder in ("a", "b"):
        path = pytester.mkpydir(folder)
        (path / "conftest.py").write_text(
            "def pytest_assertrepr_compare(config, op, left, right):\n"
            f"    return [f'explained by {folder}: {{left}} {{op}} {{right}}']\n"
        )
        (path / f"test_{folder}.py").write_text(
            "import pytest\n"
            "from meeting import meet\n"
            "@pytest.mark.parametrize('n', range(8))\n"
            f"def test_{folder}(n):\n"
            "    meet()\n"
            "    assert n == 'another'\n"
        )

    result = phaserun(*eight.options, "-k", "0 or 1 or 2 or 3")

    result.assert_outcomes(failed=8)
    for folder in ("a", "b"):
        for n in range(4):
            line = f"E       assert explained by {folder}: {n} == another"
            assert line in section(result, f"test_{folder}[{n}]")


def test_passed_assertions_are_told_for_their_own_test(pytester, eight):
    pytester.makeini("[pytest]\nenable_assertion_pass_hook = true")
    pytester.makeconftest(
        """
        told = []

        def pytest_assertion_pass(item, orig):
            told.append((item.name, orig))

        def pytest_sessionfinish():
            numbers = range(8)
            assert sorted(told) == [
                (f"test_it[{n}]", orig)
                for n in numbers
                for orig in ("n != 'a'", "n != 'b'")
            ]
        """
    )

    result = eight(
        """
        @eight
        def test_it(n):
            meet()
            assert n != 'a'
            # A failure in between makes an explainer for this test.
            with pytest.raises(AssertionError):
                assert n == 'c'
            meet()
            assert n != 'b'
        """
    )

    assert result.ret == 0
    result.assert_outcomes(passed=8)
