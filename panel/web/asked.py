"""What a page's query asks for; what cannot be understood counts as not asked."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import request

C = TypeVar("C", bound=StrEnum)


def words(name: str = "q", most: int = 100) -> str:
    """What was typed, cut to `most` characters."""
    return request.args.get(name, "")[:most].strip()


def choice(name: str, choices: type[C]) -> C | None:
    """One of the choices."""
    given = request.args.get(name)
    return choices(given) if given in set(choices) else None


def row(name: str) -> int | None:
    """A row's id as the database may have it."""
    return request.args.get(name, type=_row_id)


def _row_id(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError(text)
    return number
