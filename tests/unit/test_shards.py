"""Parts that are whole, balanced, and always the same."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pytest_phaserun.shards import split


def loads(weights: Sequence[float], part_of: Sequence[int], parts: int) -> list[float]:
    """Return how heavy each part is."""
    found = [0.0] * parts
    for weight, part in zip(weights, part_of, strict=True):
        found[part] += weight
    return found


def test_nothing_has_no_parts():
    assert split([], [], parts=3) == []


def test_one_part_has_everything():
    assert split([1.0, 2.0], [], parts=1) == [0, 0]


def test_tasks_of_one_weight_are_dealt_out_in_turn():
    assert split([1.0] * 5, [], parts=2) == [0, 1, 0, 1, 0]


def test_heaviest_goes_first():
    assert split([1.0, 1.0, 2.0], [], parts=2) == [1, 1, 0]


def test_parts_may_stay_empty():
    assert split([1.0, 1.0, 1.0], [(0, 1), (1, 2)], parts=3) == [0, 0, 0]


def test_connected_tasks_stay_together_in_whatever_direction():
    part_of = split([1.0] * 6, [(5, 0), (2, 5), (1, 3)], parts=3)

    assert part_of[0] == part_of[2] == part_of[5]
    assert part_of[1] == part_of[3] != part_of[0]
    assert part_of[4] not in (part_of[0], part_of[1])


def test_chain_of_100_000_is_one_part():
    edges = [(place, place + 1) for place in range(99_999)]

    assert set(split([1.0] * 100_000, edges, parts=4)) == {0}


@pytest.mark.parametrize("seed", range(20))
def test_no_part_is_heavier_than_graham_allows(seed):
    rng = random.Random(seed)
    parts = rng.randint(1, 6)
    weights = [rng.uniform(0.01, 5) for _ in range(rng.randint(1, 60))]

    found = loads(weights, split(weights, [], parts), parts)

    lower_bound = max(sum(weights) / parts, *weights)
    assert sum(found) == pytest.approx(sum(weights))
    assert max(found) <= (4 / 3) * lower_bound + max(weights) / 3
