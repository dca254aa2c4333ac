"""How many tests have come to what, as pytest's terminal counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sized

#: What is counted, in the order to show, and pytest's category of it.
CATEGORIES = {
    "passed": "passed",
    "failed": "failed",
    "errors": "error",
    "timeouts": "timeout",
    "blocked": "",
    "skipped": "skipped",
    "xfailed": "xfailed",
    "xpassed": "xpassed",
    "rerun": "rerun",
}


def count_results(
    stats: Mapping[str, Sized], blocked: int, *, fails_blocked: bool
) -> dict[str, int]:
    """Count as the last line of pytest does, with blocked tests apart.

    :param stats: of pytest's terminal reporter.
    :param blocked: how many tests were blocked.
    :param fails_blocked: pytest counts them as errors, not as skipped.
    """
    counts = {name: len(stats.get(key, ())) for name, key in CATEGORIES.items()}
    # See `TimeoutStatus`.
    counts["failed"] -= counts["timeouts"]
    counted = "errors" if fails_blocked else "skipped"
    # The terminal may not have heard of all of them yet.
    counts[counted] = max(counts[counted] - blocked, 0)
    counts["blocked"] = blocked
    return counts
