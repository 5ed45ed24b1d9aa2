"""How hard a sweep tries: what it waits, and how much it asks of the resolvers."""

from __future__ import annotations

import math
from dataclasses import dataclass

PATIENCE = (1.0, 1.5, 2.5)
"""Seconds waited for an answer, try by try; the next try goes to the next server."""
WINDOW = 100
"""Questions on their way at once; many more would overflow the receiving buffers."""
PACE = 5_000
"""Questions a second: 100,000 domains in a few minutes, and half of the processor free."""
AT_ONCE = 0.02
"""Seconds whose questions may be asked at once."""


@dataclass(frozen=True)
class Effort:
    """Seconds to wait, try by try; questions on their way at once; and a second (inf: no limit)."""

    patience: tuple[float, ...] = PATIENCE
    window: int = WINDOW
    pace: float = PACE


class Allowance:
    """So many a second, evenly: a token bucket."""

    def __init__(self, pace: float, now: float) -> None:
        self._pace, self._filled = pace, now
        self._most = max(pace * AT_ONCE, 1.0)
        self._left = self._most

    def take(self, now: float) -> bool:
        """Whether one more may be asked now (seconds of a clock that only goes forward)."""
        if self._pace == math.inf:
            return True
        self._left = min(self._left + (now - self._filled) * self._pace, self._most)
        self._filled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
