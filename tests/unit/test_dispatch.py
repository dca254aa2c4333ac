"""The rules of the dispatcher one by one; ``test_dispatch_model`` mixes them."""

from __future__ import annotations

import math

import pytest

from pytest_phaserun.dispatch import Blocked, Dispatcher, Lease
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task

MANY = 100_000
BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))


def task(
    id: str,
    *dependencies: str,
    timeout: float | None = None,
    exclusive: bool = False,
    claims: dict[str, object] | None = None,
    estimate: float | None = None,
) -> Task:
    return Task(
        id=id,
        dependencies=dependencies,
        timeout=timeout,
        exclusive=exclusive,
        claims=tuple(Claim(thing=k, state=v) for k, v in (claims or {}).items()),
        estimate=estimate,
    )


def tasks(ids: str) -> list[Task]:
    """Return independent tasks named by single letters."""
    return [task(letter) for letter in ids]


class Driver:
    """Starts and ends tasks by hand and keeps the leases by their ids."""

    def __init__(
        self,
        *tasks: Task,
        concurrency: int = 4,
        schedule: Schedule = PHASE,
        timeout: float = 0.0,
        max_fail: int = 0,
    ) -> None:
        self.dispatcher = Dispatcher(
            TaskGraph(tasks),
            concurrency=concurrency,
            schedule=schedule,
            timeout=timeout,
            max_fail=max_fail,
        )
        self.leases: dict[str, Lease] = {}

    def start(self, limit: int | None = None, now: float = 0.0) -> list[str]:
        """Start what may start beside others."""
        leases = self.dispatcher.get_ready(now, limit)
        self.leases.update((lease.task.id, lease) for lease in leases)
        return [lease.task.id for lease in leases]

    def start_exclusive(self, now: float = 0.0) -> str | None:
        """Start one exclusive task if it is time."""
        lease = self.dispatcher.get_exclusive(now)
        if lease is None:
            return None
        self.leases[lease.task.id] = lease
        return lease.task.id

    def complete(self, *ids: str) -> None:
        """End tasks well."""
        for id in ids:
            assert self.dispatcher.done(self.leases[id], Status.COMPLETED) == []

    def fail(
        self,
        id: str,
        status: Status = Status.FAILED,
        error: str | None = None,
        failures: int | None = None,
    ) -> list[Blocked]:
        """End a task badly; return what that blocks."""
        lease = self.leases[id]
        return self.dispatcher.done(lease, status, error=error, failures=failures)

    @property
    def running(self) -> list[str]:
        return [lease.task.id for lease in self.dispatcher.running]

    @property
    def unstarted(self) -> list[str]:
        return [task.id for task in self.dispatcher.get_unstarted()]


def ids(blocked: list[Blocked]) -> list[str]:
    return [each.task.id for each in blocked]


# What it is given


def test_concurrency_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="concurrency") as caught:
        Driver(task("a"), concurrency=0)

    assert str(caught.value) == "concurrency must be at least 1, not 0"


@pytest.mark.parametrize("timeout", [-1.0, math.nan])
def test_timeout_is_not_below_zero(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout") as caught:
        Driver(task("a"), timeout=timeout)

    assert str(caught.value) == f"timeout must be at least 0 seconds, not {timeout}"


def test_schedule_is_one_of_the_three() -> None:
    with pytest.raises(ValueError, match="'later' is not a valid Schedule"):
        Driver(task("a"), schedule="later")  # type: ignore[arg-type] # the point


@every_schedule
def test_nothing_to_do_is_not_active(schedule: Schedule) -> None:
    driver = Driver(schedule=schedule)

    assert not driver.dispatcher.is_active()
    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert driver.dispatcher.ready_count == 0


def test_repr_tells_the_state() -> None:
    driver = Driver(*tasks("abc"), concurrency=2)
    driver.start()
    driver.complete("a")

    assert repr(driver.dispatcher) == "<Dispatcher: 2 of 3 tasks left, 1 running>"


def test_repr_of_a_lease_names_its_task() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start(now=10.0)

    assert repr(driver.leases["a"]) == "<Lease 1: a, deadline 15.0>"


# Rule 1: dependencies


@every_schedule
def test_task_starts_when_its_last_dependency_has_completed(
    schedule: Schedule,
) -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), schedule=schedule)

    assert driver.start() == ["a", "b"]
    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


@every_schedule
def test_active_until_the_last_task_has_ended(schedule: Schedule) -> None:
    driver = Driver(task("a"), task("b", "a"), schedule=schedule)

    for id in "ab":
        assert driver.dispatcher.is_active()
        driver.start()
        assert driver.dispatcher.is_active()
        driver.complete(id)

    assert not driver.dispatcher.is_active()


# Rule 2: concurrency


@every_schedule
def test_no_more_tasks_run_than_allowed(schedule: Schedule) -> None:
    driver = Driver(*tasks("abcde"), concurrency=3, schedule=schedule)

    assert driver.start() == ["a", "b", "c"]
    assert driver.start() == []


def test_free_place_is_refilled_at_once() -> None:
    driver = Driver(*tasks("abcd"), concurrency=2)
    driver.start()

    driver.complete("b")

    assert driver.start() == ["c"]
    assert driver.running == ["a", "c"]


def test_limit_starts_fewer() -> None:
    driver = Driver(*tasks("abcd"), concurrency=3)

    assert driver.start(limit=0) == []
    assert driver.start(limit=1) == ["a"]
    assert driver.start(limit=9) == ["b", "c"]


def test_ready_count_is_what_could_start_now() -> None:
    driver = Driver(*tasks("abcde"), concurrency=3)

    counts = [driver.dispatcher.ready_count]
    driver.start(limit=1)
    counts.append(driver.dispatcher.ready_count)
    driver.start()
    counts.append(driver.dispatcher.ready_count)
    driver.complete("a")
    counts.append(driver.dispatcher.ready_count)

    assert counts == [3, 2, 0, 1]


# Rule 3: exclusive tasks


@every_schedule
def test_exclusive_task_waits_until_nothing_runs(schedule: Schedule) -> None:
    driver = Driver(task("alone", exclusive=True), *tasks("ab"), schedule=schedule)
    assert driver.start_exclusive() is None
    assert driver.start() == ["a", "b"]
    assert driver.start_exclusive() is None
    driver.complete("a")
    assert driver.start_exclusive() is None

    driver.complete("b")

    assert driver.start_exclusive() == "alone"


@every_schedule
def test_nothing_starts_beside_an_exclusive_task(schedule: Schedule) -> None:
    driver = Driver(
        task("alone", exclusive=True),
        task("again", exclusive=True),
        task("after", "alone"),
        schedule=schedule,
    )
    driver.start_exclusive()

    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert driver.dispatcher.ready_count == 0


@every_schedule
def test_exclusive_tasks_run_though_there_are_no_others(schedule: Schedule) -> None:
    driver = Driver(
        task("a", exclusive=True), task("b", "a", exclusive=True), schedule=schedule
    )

    for id in "ab":
        assert driver.start() == []
        assert driver.start_exclusive() == id
        driver.complete(id)

    assert not driver.dispatcher.is_active()


@every_schedule
def test_exclusive_tasks_run_back_to_back(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True),
        *tasks("abc"),
        task("y", exclusive=True),
        concurrency=2,
        schedule=schedule,
    )
    order = []

    while driver.dispatcher.is_active():
        started = driver.start() or [driver.start_exclusive() or ""]
        order += started
        driver.complete(*started)

    assert order == ["a", "b", "c", "x", "y"]


def test_task_opened_by_an_exclusive_one_goes_before_the_next_exclusive_one() -> None:
    driver = Driver(
        task("x", exclusive=True),
        task("y", exclusive=True),
        task("a", "x"),
        schedule=GRAPH,
    )
    driver.start_exclusive()
    driver.complete("x")

    assert driver.start_exclusive() is None
    assert driver.start() == ["a"]


def test_exclusive_tasks_end_their_phase_before_the_next_one_opens() -> None:
    driver = Driver(task("x", exclusive=True), task("a"), task("b", "a"))
    driver.start()
    driver.complete("a")

    assert driver.start() == []
    assert driver.start_exclusive() == "x"
    driver.complete("x")
    assert driver.start() == ["b"]


def test_exclusive_task_comes_after_all_slices_of_its_phase() -> None:
    driver = Driver(
        task("x", exclusive=True), *tasks("abc"), concurrency=2, schedule=BATCH
    )
    driver.start()
    driver.complete("a", "b")

    assert driver.start_exclusive() is None
    assert driver.start() == ["c"]


@every_schedule
def test_exclusive_task_comes_after_what_is_parked(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True),
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        schedule=schedule,
    )
    assert driver.start() == ["a"]

    driver.complete("a")

    assert driver.start_exclusive() is None
    assert driver.start() == ["b"]


def test_claims_of_an_exclusive_task_hold_nobody_up() -> None:
    driver = Driver(
        task("x", claims={"db": 1}, exclusive=True),
        task("b", "x", claims={"db": 2}),
        schedule=GRAPH,
    )
    driver.start_exclusive()
    driver.complete("x")

    assert driver.start() == ["b"]


# Rule 4: claims


@every_schedule
def test_tasks_that_claim_different_states_never_overlap(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 2}), schedule=schedule
    )

    assert driver.start() == ["a"]
    assert driver.start() == []
    driver.complete("a")
    assert driver.start() == ["b"]


@every_schedule
def test_tasks_that_claim_one_state_may_overlap(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 1}), schedule=schedule
    )

    assert driver.start() == ["a", "b"]


@every_schedule
def test_place_of_a_parked_task_goes_to_another(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        task("c"),
        concurrency=3,
        schedule=schedule,
    )

    assert driver.start() == ["a", "c"]


def test_parked_task_waits_for_the_last_user() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 1}),
        task("c", claims={"db": 2}),
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


def test_parked_task_may_have_to_wait_for_one_thing_after_another() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"net": 1}),
        task("c", claims={"db": 2, "net": 2}),
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


def test_refused_task_takes_none_of_its_claims() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"net": 2, "db": 2}),
        task("c", claims={"net": 3}),
    )

    assert driver.start() == ["a", "c"]


def test_claim_made_twice_is_given_back_twice() -> None:
    twice = Claim(thing="db", state=1)
    driver = Driver(Task(id="a", claims=(twice, twice)), task("b", claims={"db": 2}))
    driver.start()

    driver.complete("a")

    assert driver.start() == ["b"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_claims_are_given_back_however_a_task_ends(status: Status) -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()

    driver.fail("a", status)

    assert driver.start() == ["b"]


def test_ready_count_leaves_out_what_is_parked() -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()
    while_parked = driver.dispatcher.ready_count

    driver.complete("a")

    assert (while_parked, driver.dispatcher.ready_count) == (0, 1)


def test_parked_task_belongs_to_its_slice() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        *tasks("cd"),
        concurrency=2,
        schedule=BATCH,
    )

    assert driver.start() == ["a"]
    driver.complete("a")
    assert driver.start() == ["b"]
    driver.complete("b")
    assert driver.start() == ["c", "d"]


def test_parked_task_belongs_to_its_phase() -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 2}), task("c", "a")
    )
    driver.start()
    driver.complete("a")

    assert driver.start() == ["b"]
    driver.complete("b")
    assert driver.start() == ["c"]


@every_schedule
def test_tasks_that_all_exclude_each_other_run_one_by_one(schedule: Schedule) -> None:
    driver = Driver(
        *[task(str(number), claims={"db": number}) for number in range(9)],
        schedule=schedule,
    )
    order = []

    while driver.dispatcher.is_active():
        (id,) = driver.start()
        order.append(id)
        driver.complete(id)

    assert order == list("012345678")


# Rule 5: the schedule


def test_batch_opens_the_next_slice_when_the_last_of_this_one_has_ended() -> None:
    driver = Driver(*tasks("abcde"), concurrency=2, schedule=BATCH)

    assert driver.start() == ["a", "b"]
    driver.complete("b")
    assert driver.start() == []
    assert driver.dispatcher.ready_count == 0
    driver.complete("a")
    assert driver.start() == ["c", "d"]


def test_batch_does_not_fill_a_slice_from_the_next_phase() -> None:
    driver = Driver(*tasks("abc"), task("d", "a"), concurrency=2, schedule=BATCH)
    driver.start()
    driver.complete("a", "b")

    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]


def test_slice_started_bit_by_bit_is_one_slice() -> None:
    driver = Driver(*tasks("abc"), concurrency=2, schedule=BATCH)

    assert driver.start(limit=1) == ["a"]
    driver.complete("a")
    assert driver.start() == ["b"]
    assert driver.start() == []


def test_phase_opens_the_next_phase_when_this_one_has_ended() -> None:
    driver = Driver(task("a"), task("b"), task("c", "a"), task("d", "c"))

    assert driver.start() == ["a", "b"]
    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]


def test_graph_opens_a_task_when_its_own_dependencies_have_completed() -> None:
    driver = Driver(
        task("a"), task("b"), task("c", "a"), task("d", "c"), schedule=GRAPH
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]
    assert driver.running == ["b", "d"]


# Rule 6: priority


@every_schedule
def test_longest_critical_path_goes_first(schedule: Schedule) -> None:
    driver = Driver(
        task("a"),
        task("b"),
        task("c"),
        task("after b", "b"),
        task("after c", "c"),
        task("last", "after c"),
        schedule=schedule,
    )

    assert driver.start() == ["c", "b", "a"]


@every_schedule
def test_estimates_decide_where_there_are_any(schedule: Schedule) -> None:
    driver = Driver(
        task("a", estimate=1.0),
        task("b", estimate=3.0),
        task("c", estimate=2.0),
        schedule=schedule,
    )

    assert driver.start() == ["b", "c", "a"]


@every_schedule
def test_equals_go_in_graph_order(schedule: Schedule) -> None:
    driver = Driver(*tasks("dbca"), schedule=schedule)

    assert driver.start() == ["d", "b", "c", "a"]


def test_task_reopened_after_its_claim_goes_by_its_priority() -> None:
    driver = Driver(
        task("a", claims={"db": 1}, estimate=9.0),
        task("b", claims={"db": 2}, estimate=5.0),
        task("c", estimate=7.0),
        task("d", estimate=1.0),
        concurrency=2,
    )
    assert driver.start() == ["a", "c"]

    driver.complete("a")

    assert driver.start() == ["b"]


def test_exclusive_tasks_go_by_priority_too() -> None:
    driver = Driver(
        task("x", exclusive=True, estimate=1.0), task("y", exclusive=True, estimate=2.0)
    )

    assert driver.start_exclusive() == "y"


# Rule 7: blocked tasks


@every_schedule
@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_what_does_not_complete_blocks_its_dependents(
    schedule: Schedule, status: Status
) -> None:
    driver = Driver(task("a"), task("b", "a"), task("c"), schedule=schedule)
    driver.start()

    blocked = driver.fail("a", status)

    assert ids(blocked) == ["b"]
    driver.complete("c")
    assert not driver.dispatcher.is_active()


def test_dependents_are_blocked_at_once_all_the_way() -> None:
    driver = Driver(
        task("a"), task("b", "a"), task("c", "b"), task("other"), schedule=GRAPH
    )
    driver.start()

    direct, indirect = driver.fail("a", error="ValueError: no")

    assert (direct.cause.id, direct.root.id) == ("a", "a")
    assert direct.reason == "depends on a (ValueError: no)"
    assert (indirect.cause.id, indirect.root.id) == ("b", "a")
    assert indirect.reason == "depends on b, blocked by a (ValueError: no)"


def test_status_explains_what_has_no_error() -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()

    (blocked,) = driver.fail("a", Status.TIMEOUT)

    assert blocked.error == "timeout"


def test_task_is_blocked_once_by_the_nearest_cause() -> None:
    driver = Driver(
        task("a"), task("b", "a"), task("c", "b", "a"), task("d", "c", "b", "a")
    )
    driver.start()

    blocked = driver.fail("a")

    assert ids(blocked) == ["b", "c", "d"]
    assert {each.cause.id for each in blocked} == {"a"}


def test_second_cause_blocks_only_what_is_left() -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), task("d", "b"))
    driver.start()

    assert ids(driver.fail("a")) == ["c"]
    assert ids(driver.fail("b")) == ["d"]


@every_schedule
def test_blocked_task_never_starts_when_its_other_dependency_completes(
    schedule: Schedule,
) -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), schedule=schedule)
    driver.start()

    driver.fail("a")
    driver.complete("b")

    assert driver.start() == []
    assert not driver.dispatcher.is_active()


@every_schedule
def test_phases_that_are_blocked_as_a_whole_are_passed_over(
    schedule: Schedule,
) -> None:
    driver = Driver(
        task("a"),
        task("b"),
        task("x", "a", exclusive=True),
        task("y", "x"),
        schedule=schedule,
    )
    driver.start()

    assert ids(driver.fail("a")) == ["x", "y"]
    driver.complete("b")
    assert driver.start_exclusive() is None
    assert not driver.dispatcher.is_active()


@every_schedule
def test_failed_exclusive_task_blocks_its_dependents(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True), task("a", "x"), task("b"), schedule=schedule
    )
    driver.start()
    driver.complete("b")
    driver.start_exclusive()

    assert ids(driver.fail("x")) == ["a"]
    assert not driver.dispatcher.is_active()


@pytest.fixture(scope="module")
def chain() -> TaskGraph:
    rest = [task(str(number), str(number - 1)) for number in range(1, MANY)]
    return TaskGraph([task("0"), *rest])


@every_schedule
def test_chain_of_many_tasks_is_blocked_by_its_first(
    schedule: Schedule, chain: TaskGraph
) -> None:
    dispatcher = Dispatcher(chain, schedule=schedule)
    (first,) = dispatcher.get_ready(0.0)

    blocked = dispatcher.done(first, Status.FAILED)

    assert len(blocked) == MANY - 1
    assert blocked[-1].root is first.task
    assert not dispatcher.is_active()


@every_schedule
def test_chain_of_many_tasks_completes(schedule: Schedule, chain: TaskGraph) -> None:
    dispatcher = Dispatcher(chain, schedule=schedule)

    while dispatcher.is_active():
        (lease,) = dispatcher.get_ready(0.0)
        dispatcher.done(lease, Status.COMPLETED)

    assert dispatcher.get_unstarted() == []


# Rule 8: clocks


def test_deadline_is_the_timeout_from_the_start_on() -> None:
    driver = Driver(task("a"), timeout=5.0)

    driver.start(now=100.0)

    assert driver.leases["a"].timeout == 5.0
    assert driver.leases["a"].deadline == 105.0


def test_own_timeout_of_a_task_goes_before_the_common_one() -> None:
    driver = Driver(
        task("a", timeout=2.0), task("b", timeout=0.0), task("c"), timeout=5.0
    )

    driver.start(now=100.0)

    assert [lease.deadline for lease in driver.leases.values()] == [102.0, None, 105.0]


def test_exclusive_task_has_a_deadline_too() -> None:
    driver = Driver(task("x", exclusive=True), timeout=5.0)

    driver.start_exclusive(now=100.0)

    assert driver.dispatcher.next_deadline() == 105.0


def test_next_deadline_is_the_earliest_of_what_runs() -> None:
    driver = Driver(task("a", timeout=9.0), task("b", timeout=3.0), task("c"))
    dispatcher = driver.dispatcher

    deadlines = [dispatcher.next_deadline()]
    driver.start()
    deadlines.append(dispatcher.next_deadline())
    driver.complete("b")
    deadlines.append(dispatcher.next_deadline())
    driver.complete("a")
    deadlines.append(dispatcher.next_deadline())

    assert deadlines == [None, 3.0, 9.0, None]


def test_task_is_overdue_from_its_deadline_on_until_it_is_moved() -> None:
    driver = Driver(task("a", timeout=3.0), task("b", timeout=4.0), task("c"))
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    assert dispatcher.get_overdue(2.9) == []
    assert dispatcher.get_overdue(3.0) == [lease]
    assert dispatcher.get_overdue(3.5) == [lease]
    lease.restart_clock(3.5, span=1.0)
    assert dispatcher.get_overdue(4.0) == [driver.leases["b"]]
    assert lease.deadline == 4.5


def test_ended_task_is_never_overdue() -> None:
    driver = Driver(task("a", timeout=3.0))
    driver.start()

    driver.complete("a")

    assert driver.dispatcher.get_overdue(99.0) == []


def test_restart_gives_the_whole_timeout_anew() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()

    driver.leases["a"].restart_clock(4.0)

    assert driver.leases["a"].deadline == 9.0


def test_restart_leaves_a_task_without_a_limit_without_one() -> None:
    driver = Driver(task("a"))
    driver.start()

    driver.leases["a"].restart_clock(4.0)

    assert driver.leases["a"].deadline is None


def test_paused_time_does_not_count() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    lease.pause_clock(2.0)
    assert dispatcher.next_deadline() is None
    assert dispatcher.get_overdue(99.0) == []
    lease.resume_clock(100.0)

    assert lease.deadline == 103.0


def test_pause_past_the_deadline_does_not_forgive() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    lease.pause_clock(6.0)
    lease.resume_clock(100.0)

    assert dispatcher.get_overdue(100.0) == [lease]


def test_second_pause_and_second_resume_change_nothing() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(2.0)
    lease.pause_clock(4.0)
    lease.resume_clock(10.0)
    lease.resume_clock(12.0)

    assert lease.deadline == 13.0


def test_resume_without_a_pause_changes_nothing() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()

    driver.leases["a"].resume_clock(3.0)

    assert driver.leases["a"].deadline == 5.0


def test_task_without_a_limit_can_be_paused() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(2.0)
    lease.resume_clock(3.0)

    assert lease.deadline is None


def test_restart_of_a_paused_clock_counts_from_its_resume_on() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(4.0)
    lease.restart_clock(10.0)
    assert lease.deadline is None
    lease.resume_clock(20.0)

    assert lease.deadline == 25.0


def test_paused_task_without_a_limit_can_be_given_one() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(4.0)
    lease.restart_clock(10.0, span=2.0)
    lease.resume_clock(20.0)

    assert lease.deadline == 22.0


# Rule 9: leases


def test_leases_are_numbered_in_the_order_of_the_starts() -> None:
    driver = Driver(task("x", exclusive=True), *tasks("ab"))
    driver.start()
    driver.complete("a", "b")
    driver.start_exclusive()

    numbers = {id: lease.number for id, lease in driver.leases.items()}
    places = {id: lease.place for id, lease in driver.leases.items()}

    assert numbers == {"a": 1, "b": 2, "x": 3}
    assert places == {"a": 1, "b": 2, "x": 0}


def test_lease_is_held_until_its_end() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]
    before = driver.dispatcher.is_held(lease)

    driver.complete("a")

    assert (before, driver.dispatcher.is_held(lease)) == (True, False)


def test_second_end_of_a_lease_is_ignored() -> None:
    driver = Driver(*tasks("abc"), task("d", "a"), concurrency=2, max_fail=1)
    driver.start()
    driver.complete("a")

    assert driver.fail("a") == []
    assert driver.dispatcher.stopped is None
    assert driver.running == ["b"]
    assert driver.unstarted == ["c", "d"]


def test_late_end_does_not_let_others_in_beside_an_exclusive_task() -> None:
    driver = Driver(
        task("x", exclusive=True), task("a"), task("b", "a"), schedule=GRAPH
    )
    driver.start()
    driver.fail("a", Status.TIMEOUT)
    driver.start_exclusive()

    driver.complete("a")

    assert driver.running == ["x"]
    assert driver.dispatcher.ready_count == 0


def test_lease_of_another_dispatcher_is_ignored() -> None:
    driver, other = Driver(task("a")), Driver(task("a"))
    driver.start()
    other.start()

    assert driver.dispatcher.done(other.leases["a"], Status.COMPLETED) == []
    assert driver.running == ["a"]
    assert not driver.dispatcher.is_held(other.leases["a"])


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.NOT_RUN])
def test_started_task_cannot_end_as_one_that_never_ran(status: Status) -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()

    with pytest.raises(ValueError, match="cannot end") as caught:
        driver.fail("a", status)

    assert str(caught.value) == f"a task that was started cannot end as {status}"
    assert driver.running == ["a"]
    assert driver.unstarted == ["b"]


def test_end_that_is_no_status_is_refused_and_changes_nothing() -> None:
    driver = Driver(task("a"))
    driver.start()

    with pytest.raises(ValueError, match="cannot end as completed"):
        driver.fail("a", "completed")  # type: ignore[arg-type] # the point

    assert driver.running == ["a"]


# Rule 10: stop


@every_schedule
def test_nothing_starts_after_a_stop_and_what_runs_may_end(schedule: Schedule) -> None:
    driver = Driver(
        *tasks("abc"),
        task("x", exclusive=True),
        task("d", "a"),
        concurrency=2,
        schedule=schedule,
    )
    driver.start(limit=1)

    driver.dispatcher.stop("enough")

    assert driver.start() == []
    assert driver.dispatcher.ready_count == 0
    assert driver.dispatcher.is_active()
    driver.complete("a")
    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert not driver.dispatcher.is_active()
    assert driver.unstarted == ["b", "c", "x", "d"]


def test_withdrawn_task_and_its_dependents_are_not_run() -> None:
    driver = Driver(task("a"), task("b", "a"), task("c"))
    driver.start()
    driver.dispatcher.stop("enough")

    driver.dispatcher.withdraw(driver.leases["a"])

    assert [t.id for t in driver.dispatcher.get_unstarted()] == ["a", "b"]
    assert not driver.dispatcher.is_held(driver.leases["a"])
    assert driver.dispatcher.is_active()


def test_task_of_a_run_that_goes_on_cannot_be_withdrawn() -> None:
    driver = Driver(task("a"))
    driver.start()

    with pytest.raises(RuntimeError, match="not stopped"):
        driver.dispatcher.withdraw(driver.leases["a"])

    assert driver.dispatcher.is_held(driver.leases["a"])


def test_stop_before_the_first_start_leaves_everything_unstarted() -> None:
    driver = Driver(task("x", exclusive=True), task("a"))

    driver.dispatcher.stop("enough")

    assert not driver.dispatcher.is_active()
    assert driver.start_exclusive() is None
    assert driver.unstarted == ["x", "a"]


def test_exclusive_task_does_not_start_after_a_stop() -> None:
    driver = Driver(task("x", exclusive=True))

    driver.dispatcher.stop("enough")

    assert driver.start_exclusive() is None
    assert driver.unstarted == ["x"]


def test_task_that_runs_is_not_unstarted() -> None:
    driver = Driver(*tasks("ab"), concurrency=1)

    driver.start()

    assert driver.unstarted == ["b"]


def test_parked_task_is_unstarted_after_a_stop() -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()
    driver.dispatcher.stop("enough")

    driver.complete("a")

    assert not driver.dispatcher.is_active()
    assert driver.unstarted == ["b"]


def test_failure_after_a_stop_still_blocks() -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()
    driver.dispatcher.stop("enough")

    assert ids(driver.fail("a")) == ["b"]
    assert driver.unstarted == []


def test_first_reason_to_stop_stands() -> None:
    driver = Driver(task("a"))
    assert driver.dispatcher.stopped is None

    driver.dispatcher.stop("enough")
    driver.dispatcher.stop("really")

    assert driver.dispatcher.stopped == "enough"


def test_run_stops_after_max_fail_failures() -> None:
    driver = Driver(*tasks("abcd"), concurrency=2, max_fail=2)
    driver.start()

    driver.fail("a")
    assert driver.dispatcher.stopped is None
    driver.fail("b", Status.TIMEOUT)

    assert driver.dispatcher.stopped == "stopping after 2 failures"
    assert driver.start() == []


def test_neither_skipped_nor_blocked_tasks_are_failures() -> None:
    driver = Driver(task("a"), task("b", "a"), task("c", "a"), max_fail=1)
    driver.start()

    driver.fail("a", Status.SKIPPED)

    assert driver.dispatcher.stopped is None


def test_driver_may_say_how_many_failures_an_end_is() -> None:
    driver = Driver(*tasks("abc"), max_fail=2)
    driver.start()

    driver.fail("a", failures=0)
    assert driver.dispatcher.stopped is None
    driver.fail("b", failures=2)

    assert driver.dispatcher.stopped == "stopping after 2 failures"


def test_completed_task_may_bring_a_failure_with_it() -> None:
    driver = Driver(task("a"), max_fail=1)
    driver.start()

    driver.dispatcher.done(driver.leases["a"], Status.COMPLETED, failures=1)

    assert driver.dispatcher.stopped == "stopping after 1 failures"


def test_failures_without_a_maximum_stop_nothing() -> None:
    driver = Driver(*tasks("abcdef"), concurrency=1)

    for id in "abcdef":
        assert driver.start() == [id]
        driver.fail(id)

    assert driver.dispatcher.stopped is None
