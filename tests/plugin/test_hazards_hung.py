"""A test that hangs beside seven others: its thread cannot be killed, theirs go on."""

from __future__ import annotations

import pytest

HANGS = {
    "can be interrupted": "while True: time.sleep(0.01)",
    # Deaf to exceptions for as long as it waits: its thread is given up.
    "is given up": "threading.Event().wait()",
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
def test_seven_others_go_on_while_a_test_hangs(eight, hang):
    # All eight meet, then one hangs; seven new tests meet while it does.
    result = eight.apart(
        f"""
        import threading
        import time

        seven = threading.Barrier(7)
        hangs = threading.Event()

        @pytest.fixture(scope="module")
        def shared():
            return object()

        def hang():
            hangs.set()
            {hang}

        @pytest.mark.task(timeout=2)
        def test_hangs(shared):
            print("printed before")
            meet()
            hang()

        @pytest.mark.parametrize("n", range(7))
        def test_first(n, shared):
            meet()
            print(f"printed by {{n}}")

        @pytest.mark.parametrize("n", range(7))
        def test_second(n, shared):
            assert hangs.wait(20)
            seven.wait(20)
            print(f"printed by {{n}}")
        """,
        "--phase-grace=0.2",
    )

    assert result.parseoutcomes() == {"passed": 14, "timeout": 1}
    assert "printed before" in result.outlines
    assert not any(line.startswith("printed by") for line in result.outlines)
