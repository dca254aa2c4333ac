"""The names by which tests learn where they run."""

#: The number of the place for tests, where that is a process of its own.
SLOT_VARIABLE = "PHASERUN_SLOT"

#: The name of the worker, by pytest-xdist's own convention.
WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
