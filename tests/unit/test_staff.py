"""How many processes are worth their start: two cores, seconds of no clock."""

from __future__ import annotations

import pytest

from pytest_phaserun.drivers.workers.staff import PATIENCE, Staff

CORES = 2


@pytest.fixture
def staff():
    staff = Staff(CORES)
    assert staff.lacks(0, 0.0)
    return staff


def test_there_are_as_many_as_cores_before_anything_is_known(staff):
    assert staff.lacks(1, 0.0)
    assert not staff.lacks(2, 0.0)


def test_tests_that_compute_get_no_more(staff):
    for end in range(10):
        staff.note(0.01, 0.008, end / 100)

    assert staff.lacks(1, 0.09)
    assert not staff.lacks(2, 0.09)


def test_tests_that_wait_get_as_many_as_there_may_be(staff):
    staff.note(0.01, 0.001, 0.01)

    assert staff.lacks(100, 0.01)


def test_long_tests_get_as_many_whatever_they_do(staff):
    assert not staff.lacks(2, PATIENCE - 0.001)
    assert staff.lacks(2, PATIENCE)
    assert staff.lacks_at == PATIENCE

    staff.note(PATIENCE, PATIENCE, PATIENCE)

    assert not staff.lacks(2, PATIENCE)
    assert staff.lacks_at == 2 * PATIENCE


def test_what_tests_do_now_counts_more_than_what_they_did(staff):
    for _ in range(100):
        staff.note(0.01, 0.01, 1.0)
    assert not staff.lacks(2, 1.0)

    for _ in range(10):
        staff.note(0.01, 0.0, 1.0)

    assert staff.lacks(2, 1.0)
