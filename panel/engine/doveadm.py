"""Asking the running Dovecot, by its own program."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence

from panel.engine.layout import Layout

PROGRAM = "/usr/bin/doveadm"
TIMEOUT = 60.0
NOBODY = 68
"""Exit code when none of the users that were named is there (EX_NOHOST of sysexits.h)."""


class Unanswered(OSError):
    """Dovecot does not run, or does not let this user ask; the text is its own.

    `printed` is what it has said before.
    """

    def __init__(self, text: str, printed: str = "") -> None:
        super().__init__(text)
        self.printed = printed


def run(layout: Layout, *words: str, timeout: float = TIMEOUT) -> str:
    """What a command prints. Raises Unanswered when it fails otherwise than for want of users."""
    command = [PROGRAM, "-c", str(layout.dovecot / "dovecot.conf"), *words]
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unanswered(str(error)) from error
    if done.returncode not in (0, NOBODY):
        raise Unanswered(done.stderr.strip()[:500], done.stdout)
    return done.stdout


def table(layout: Layout, *words: str, timeout: float = TIMEOUT) -> list[dict[str, str]]:
    """The table that a command prints, a row as a dictionary. Raises Unanswered."""
    return _rows(run(layout, "-f", "tab", *words, timeout=timeout))


def table_for_users(
    layout: Layout, words: Sequence[str], addresses: Sequence[str], timeout: float = TIMEOUT
) -> list[dict[str, str]]:
    """The table of a command that is run for each of these users, with what it says of those for
    whom it fails. Raises Unanswered when it says nothing of any.
    """
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as users:
        users.write("".join(f"{address}\n" for address in addresses))
        users.flush()
        try:
            return table(layout, *words, "-F", users.name, timeout=timeout)
        except Unanswered as error:
            if not (rows := _rows(error.printed)):
                raise
            return rows


def _rows(printed: str) -> list[dict[str, str]]:
    lines = [line.split("\t") for line in printed.splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:] if len(line) > 1]
