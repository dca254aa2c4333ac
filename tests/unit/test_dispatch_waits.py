"""Tasks that wait for others while they run (rule 14)."""

from __future__ import annotations

import pytest

from pytest_phaserun.dispatch import CONFIRMATIONS, Dispatcher, Lease
from pytest_phaserun.errors import CycleError
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task
from pytest_phaserun.scheduling.waits import Refusal

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))


class Driver:
    """Starts, asks and ends by ids.

    :ivar ran: the ids of what was started, in that order.
    """

    def __init__(
        self, *tasks: Task, concurrency: int = 2, schedule: Schedule = Schedule.PHASE
    ) -> None:
        self.graph = TaskGraph(tasks)
        self.dispatcher = Dispatcher(
            self.graph, concurrency=concurrency, schedule=schedule
        )
        self._leases: dict[str, Lease] = {}
        self.ran: list[str] = []

    def start(self, limit: int | None = None) -> list[str]:
        """Start what may start beside others."""
        leases = self.dispatcher.get_ready(0.0, limit)
        self._leases.update((lease.task.id, lease) for lease in leases)
        ids = [lease.task.id for lease in leases]
        self.ran += ids
        return ids

    def start_alone(self) -> str:
        """Start a task alone."""
        lease = self.dispatcher.get_exclusive(0.0)
        assert lease is not None
        self._leases[lease.task.id] = lease
        self.ran.append(lease.task.id)
        return lease.task.id

    def ask(self, id: str, other: str) -> Status | Refusal | None:
        """Let a running task wait."""
        place = self.graph.index(other)
        return self.dispatcher.waits.ask(self._leases[id], place)

    def is_stuck(self, id: str) -> bool:
        """Tell whether a wait is to be given up."""
        ready = self.dispatcher.ready_count
        return self.dispatcher.waits.is_stuck(self._leases[id], ready)

    def pause(self, id: str) -> None:
        """Let a task wait for something else."""
        self._leases[id].pause_clock(0.0)

    def end(self, id: str, status: Status = Status.COMPLETED, **more: bool) -> None:
        self.dispatcher.done(self._leases[id], status, **more)

    def withdraw(self, id: str) -> None:
        """Give back a task that came to nothing."""
        self.dispatcher.withdraw(self._leases[id])

    def finish(self) -> None:
        """Run what is left, one after the other."""
        while self.dispatcher.is_active():
            for id in self.start() or [self.start_alone()]:
                self.end(id)


def task(id: str, *dependencies: str, exclusive: bool = False) -> Task:
    return Task(id=id, dependencies=dependencies, exclusive=exclusive)


@pytest.mark.parametrize(
    "status", [Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.SKIPPED]
)
def test_what_has_ended_is_not_waited_for(status):
    driver = Driver(task("a"), task("b"))
    driver.start()
    driver.end("a", status)

    assert driver.ask("b", "a") is status


def test_what_is_blocked_has_ended():
    driver = Driver(task("a"), task("b"), task("c", "a"))
    driver.start()
    driver.end("a", Status.FAILED)

    assert driver.ask("b", "c") is Status.BLOCKED


def test_place_of_a_task_that_waits_is_free_until_it_goes_on():
    driver = Driver(*map(task, "abcde"))
    assert driver.start() == ["a", "b"]

    assert driver.ask("a", "b") is None
    assert driver.dispatcher.ready_count == 1
    assert driver.start() == ["c"]

    driver.end("b")
    assert driver.ask("a", "b") is Status.COMPLETED
    assert driver.dispatcher.ready_count == 0
    assert driver.start() == []


def test_end_of_a_task_that_waits_frees_its_place_once():
    driver = Driver(*map(task, "abcdef"))
    driver.start()
    driver.ask("a", "b")
    assert driver.start() == ["c"]

    driver.end("a", Status.TIMEOUT)

    assert driver.start() == []


@every_schedule
@pytest.mark.parametrize("concurrency", [1, 2])
def test_what_is_waited_for_is_pulled_forward_with_all_before_it(schedule, concurrency):
    first = Task(id="a", priority=-1)
    others = [task("b"), task("c", "b"), task("d", "c"), task("e"), task("f", "d")]
    driver = Driver(first, *others, concurrency=concurrency, schedule=schedule)
    assert driver.start(1) == ["a"]

    for id in "bcd":
        assert driver.ask("a", "d") is None
        driver.start()
        assert id in driver.ran
        driver.end(id)
    assert driver.ask("a", "d") is Status.COMPLETED

    for id in {"a", *driver.ran} - set("bcd"):
        driver.end(id)
    driver.finish()
    assert sorted(driver.ran) == list("abcdef")


@every_schedule
def test_what_is_asked_for_again_runs_once(schedule):
    first = Task(id="a", priority=-1)
    others = [task("b"), task("c"), task("d", "b")]
    driver = Driver(first, *others, concurrency=1, schedule=schedule)
    driver.start()

    for id in "bccdd":
        driver.ask("a", id)
    driver.start()
    driver.end("b")
    for id in "dd":
        driver.ask("a", id)
    driver.end("a")
    driver.finish()

    assert sorted(driver.ran) == list("abcd")


def test_what_is_waited_for_starts_before_what_is_due_alone():
    grouped = Task(id="b", priority=-1, group="g")
    due = Task(id="x", exclusive=True, group="g")
    driver = Driver(Task(id="a", priority=-2), grouped, task("c"), due)
    assert driver.start() == ["a", "b"]
    driver.end("b")
    assert driver.start() == []

    driver.ask("a", "c")

    assert driver.start() == ["c"]


# What is of no use


def test_tasks_that_wait_for_one_another_are_a_circle():
    driver = Driver(task("a"), task("b"))
    driver.start()
    driver.ask("a", "b")

    with pytest.raises(CycleError) as caught:
        driver.ask("b", "a")

    assert caught.value.cycles == (("b", "a"),)


def test_circle_may_go_through_dependencies():
    driver = Driver(task("a"), task("b"), task("c", "a"), task("d", "c"))
    driver.start()
    driver.ask("a", "b")

    with pytest.raises(CycleError) as caught:
        driver.ask("b", "d")

    assert sorted(caught.value.cycle) == ["a", "b", "c", "d"]


def test_task_that_waits_for_itself_is_a_circle():
    driver = Driver(task("a"))
    driver.start()

    with pytest.raises(CycleError) as caught:
        driver.ask("a", "a")

    assert caught.value.cycle == ("a",)


@pytest.mark.parametrize("other", ["b", "c"])
def test_what_runs_alone_cannot_start_beside_the_one_that_waits(other):
    driver = Driver(task("a"), task("b", exclusive=True), task("c", "b"))
    driver.start()

    answer = driver.ask("a", other)

    assert answer == Refusal(reason="b runs alone, not while this test runs")


def test_nothing_starts_beside_what_runs_alone():
    driver = Driver(task("a", exclusive=True), task("b", "a"), task("c"))
    driver.start()
    driver.end("c")
    driver.start_alone()

    answer = driver.ask("a", "c")
    assert answer is Status.COMPLETED
    driver = Driver(task("a", exclusive=True), task("b", exclusive=True))
    driver.start_alone()
    reason = "b cannot start while this test runs alone"
    assert driver.ask("a", "b") == Refusal(reason=reason)


def test_nothing_starts_in_a_stopped_run():
    driver = Driver(task("a"), task("b"), task("c"))
    driver.start()
    driver.dispatcher.stop("enough")

    assert driver.ask("a", "c") == Refusal(reason="c will not run: enough")
    assert driver.ask("a", "b") is None


def test_failure_to_be_confirmed_may_have_another_answer_later():
    driver = Driver(task("a"), task("b"))
    driver.start()
    driver.end("b", Status.FAILED, provisional=True)

    answer = driver.ask("a", "b")

    assert isinstance(answer, Refusal)
    assert answer.may_change


def test_who_was_told_of_a_failure_is_confirmed_after_it():
    driver = Driver(task("a"), task("b"))
    driver.start()
    driver.end("b", Status.FAILED, provisional=True)
    driver.ask("a", "b")
    driver.end("a", Status.FAILED, provisional=True)

    assert driver.start_alone() == "b"
    driver.end("b", Status.FAILED)
    assert driver.start_alone() == "a"
    assert driver.ask("a", "b") is Status.FAILED


def test_failure_of_who_was_told_of_another_is_never_believed():
    failing = [f"t{number}" for number in range(CONFIRMATIONS + 1)]
    driver = Driver(*map(task, ["a", *failing]), concurrency=len(failing) + 1)
    driver.start()
    for id in failing:
        driver.end(id, Status.FAILED, provisional=True)
    driver.ask("a", failing[-1])
    driver.end("a", Status.FAILED, provisional=True)

    for _ in range(CONFIRMATIONS):
        driver.end(driver.start_alone(), Status.FAILED)
    believed = [lease.task.id for lease, _ in driver.dispatcher.believe()]

    assert believed == [failing[-1]]
    assert driver.start_alone() == "a"
    driver.end("a", Status.SKIPPED)
    assert not driver.dispatcher.is_active()


def test_who_was_told_of_a_failure_is_not_run_in_a_stopped_run():
    driver = Driver(task("a"), task("b"), task("c", "a"))
    driver.start()
    driver.end("b", Status.FAILED, provisional=True)
    driver.ask("a", "b")
    driver.end("a", Status.FAILED, provisional=True)
    driver.dispatcher.stop("enough")

    believed = [lease.task.id for lease, _ in driver.dispatcher.believe()]

    assert believed == ["b"]
    assert [each.id for each in driver.dispatcher.get_unstarted()] == ["a", "c"]
    assert not driver.dispatcher.is_active()


# Stuck


def test_wait_for_what_is_claimed_by_the_one_that_waits_is_stuck():
    claims = (Claim(thing="db", state="write", units=1),)
    driver = Driver(Task(id="a", claims=claims), Task(id="b", claims=claims))
    driver.start()
    assert driver.ask("a", "b") is None

    assert driver.start() == []
    assert driver.is_stuck("a")


def test_wait_is_not_stuck_while_others_run_or_could():
    driver = Driver(*map(task, "abcd"), concurrency=2)
    driver.start()

    driver.ask("a", "b")
    assert not driver.is_stuck("a")
    driver.ask("b", "c")
    assert not driver.is_stuck("b")
    driver.start()
    assert not driver.is_stuck("b")


def test_of_all_that_wait_the_one_that_was_started_last_is_stuck():
    claims = (Claim(thing="db", state="write", units=1),)
    driver = Driver(task("a"), Task(id="b", claims=claims), Task(id="c", claims=claims))
    driver.start()
    driver.ask("a", "b")
    driver.ask("b", "c")
    driver.start()

    assert [driver.is_stuck(id) for id in "ab"] == [False, True]


def test_who_waits_for_a_fixture_waits_as_well():
    driver = Driver(task("a"), task("b"))
    driver.start()
    driver.ask("a", "b")
    assert not driver.is_stuck("a")

    driver.pause("b")

    assert driver.is_stuck("a")


def test_task_that_was_withdrawn_waits_no_more():
    driver = Driver(*map(task, "abc"), concurrency=3)
    driver.start()
    driver.ask("a", "c")
    driver.dispatcher.stop("interrupted")

    driver.withdraw("a")

    assert len(driver.dispatcher.waits) == 0
    assert driver.ask("b", "c") is None


def test_task_that_was_given_up_waits_no_more():
    driver = Driver(*map(task, "abc"))
    driver.start()
    driver.ask("a", "b")
    driver.end("a", Status.TIMEOUT)

    answer = driver.ask("a", "b")

    assert answer == Refusal(reason="the run goes on without this test")
    assert len(driver.dispatcher.waits) == 0
