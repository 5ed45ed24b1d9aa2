"""`make bench [ARGS=small]`: every measurement, one line each, with the limit it is held to."""

from __future__ import annotations

import sys

from bench import mail, memory, pages, sweep, users, wire

SIZES = {"small": (1_000, 10_000), "full": (100_000, 1_000_000)}
SWEPT = {"small": 10_000, "full": 100_000}
USERS = {"small": 1_000, "full": 10_000}
MAILBOXES = {"small": 50_000, "full": 1_000_000}
ROUNDS = {"small": 2, "full": 7}


def main() -> None:
    """Run them all; exit 1 when a limit is passed."""
    size = sys.argv[1] if len(sys.argv) > 1 else "full"
    results = [*pages.measure(*SIZES[size]), *wire.measure(), *memory.measure()]
    results += [*sweep.measure(SWEPT[size]), *users.measure(USERS[size])]
    results += mail.measure(MAILBOXES[size], ROUNDS[size])
    for result in results:
        print(result)
    sys.exit(0 if all(result.holds for result in results) else 1)


if __name__ == "__main__":  # the sweep's processes import this module
    main()
