"""What mailboxes hold, as Dovecot counts it.

Dovecot's `quota_clone` writes each change into a file of the mailbox below `<mail>/.usage`; the
files stay, and the folders that hold them tell by their time where something is new.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from panel.engine import doveadm
from panel.engine.layout import Layout

FOLDER = ".usage"
SETTLED = timedelta(seconds=10)
"""A file's time may lie that long before it is seen: it is written first and then put in place."""

PATIENCE = 10.0
"""Seconds to wait for an answer: whoever asks has sessions to end, too."""

_KEY = re.compile(r"[0-9a-f]{32}")
_STORAGE, _MESSAGES = "quota/storage", "quota/messages"


@dataclass(frozen=True)
class Reading:
    """What a mailbox held at a time: bytes and number of messages, by its storage key."""

    storage_key: str
    used_bytes: int
    messages: int
    read_at: datetime


def file_of(mail: Path, storage_key: str) -> Path:
    """Where Dovecot writes what a mailbox holds."""
    return mail / FOLDER / storage_key[:2] / storage_key


def read_since(mail: Path, since: datetime) -> Iterator[Reading]:
    """What Dovecot has written since a time or, so that nothing is missed, a little before.

    Costs a look at each of 256 folders, and one at each file of those where something is new.
    """
    oldest = (since - SETTLED).timestamp()
    for folder in _newer(mail / FOLDER, oldest):
        for file in _newer(Path(folder.path), oldest):
            reading = _read(file) if _KEY.fullmatch(file.name) else None
            if reading is not None:
                yield reading


def _newer(folder: Path, oldest: float) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _time_of(entry) >= oldest:
                    yield entry
    except FileNotFoundError:  # Dovecot has written nothing yet
        return


def _time_of(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # a lock, or a user purged in this moment
        return 0.0


def _read(entry: os.DirEntry[str]) -> Reading | None:
    """The file: a line with a key, a line with its value, and so on (Dovecot's file dict)."""
    try:
        with Path(entry.path).open(encoding="ascii") as file:
            moment = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    values = dict(zip(lines[::2], lines[1::2], strict=False))
    found = {key.partition("/")[2]: value for key, value in values.items()}
    if not found.get(_STORAGE, "").isdigit() or not found.get(_MESSAGES, "").isdigit():
        return None
    return Reading(entry.name, int(found[_STORAGE]), int(found[_MESSAGES]), moment)


def ask(layout: Layout, addresses: Sequence[str], now: datetime) -> dict[str, Reading]:
    """What Dovecot says of mailboxes when it is asked, by address, in whole KB.

    Opens each mailbox. Those that it does not know, or cannot open, are left out. Raises
    doveadm.Unanswered when it says nothing of any, or one of them lets it wait.
    """
    table = doveadm.table_for_users(layout, ["quota", "get"], addresses, timeout=PATIENCE)
    told: dict[str, dict[str, int]] = {}
    for row in table:
        if row["Value"].isdigit():
            told.setdefault(row["Username"], {})[row["Type"]] = int(row["Value"])
    return {
        address: Reading("", values["STORAGE"] * 1024, values["MESSAGE"], now)
        for address, values in told.items()
        if values.keys() >= {"STORAGE", "MESSAGE"}
    }
