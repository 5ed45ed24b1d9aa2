"""Whose turn it is: a check may hold a thread for as long as the deadline, and they are few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """At most `most` at once in this process, and one for each key."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._running: list[frozenset[str]] = []

    @contextmanager
    def take(self, *keys: str) -> Iterator[bool]:
        """Whether the block may begin: not while others with one of these keys are at it."""
        mine = frozenset(keys)
        with self._lock:
            granted = len(self._running) < self._most and all(
                mine.isdisjoint(one) for one in self._running
            )
            if granted:
                self._running.append(mine)
        try:
            yield granted
        finally:
            if granted:
                with self._lock:
                    self._running.remove(mine)
