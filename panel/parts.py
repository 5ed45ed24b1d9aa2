"""A round of several parts, each alone: what fails is told, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


class Parts:
    """Remembers what was told of each part, so that it is told once while it stays the same."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self._told: dict[str, str] = {}

    @contextmanager
    def part(self, session: Session, name: str) -> Iterator[None]:
        """Commit at the end; whatever fails is rolled back and logged, and does not pass."""
        try:
            yield
            session.commit()
        except Exception as error:  # whatever it was, the next round tries again
            session.rollback()
            told = f"{type(error).__name__}: {error}"
            if self._told.get(name) != told:
                log.warning("%s: %s", name, told, exc_info=not isinstance(error, OSError))
            self._told[name] = told
        else:
            self._told.pop(name, None)
