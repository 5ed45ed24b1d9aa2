"""Keyset pages: a page is read on from its edge, so that its cost does not grow with its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 25
BATCH = 500
CURSOR: BindParameter[Any] = bindparam("cursor")
"""Stands for a row's id in `Sorting.edge`."""

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of rows; `before` and `after` are the ids that its neighbours end and begin with."""

    rows: Sequence[T]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Sorting(Generic[T]):
    """How a list stands.

    `keys` together name one row, and an index holds them; `edge` reads the keys of the row whose
    id is CURSOR; `id_of` is the id of a row; `falls`: from the greatest key down.
    """

    keys: tuple[InstrumentedAttribute[Any], ...]
    edge: Select[Any]
    id_of: Callable[[T], int]
    falls: bool = False


def read_page(
    session: Session,
    query: Select[T],
    sorting: Sorting[T],
    *,
    after: int | None = None,
    before: int | None = None,
) -> Page[T]:
    """The page behind or before a row; the first one when neither is given or the row is gone."""
    backwards = before is not None
    cursor = before if backwards else after
    falls = sorting.falls != backwards
    query = query.order_by(*(key.desc() if falls else key.asc() for key in sorting.keys))
    if cursor is not None:
        query = query.where(_beyond(session, sorting, cursor, falls=falls))
    rows = list(session.scalars(query.limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    earlier = more if backwards else cursor is not None
    later = True if backwards else more
    return Page(
        rows,
        sorting.id_of(rows[0]) if rows and earlier else None,
        sorting.id_of(rows[-1]) if rows and later else None,
    )


def each_row(
    session: Session, query: Select[T], key: InstrumentedAttribute[int], id_of: Callable[[T], int]
) -> Iterator[T]:
    """All rows from the greatest `key` down, which names one row and which `id_of` reads off it;
    read some BATCH at a time."""
    query = query.order_by(key.desc()).limit(BATCH)
    last: int | None = None
    while True:
        rows = session.scalars(query if last is None else query.where(key < last)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = id_of(rows[-1])


def _beyond(
    session: Session, sorting: Sorting[T], cursor: int, *, falls: bool
) -> ColumnElement[bool]:
    edge = session.execute(sorting.edge, {"cursor": cursor}).first()
    if edge is None:
        return true()
    here, there = tuple_(*sorting.keys), tuple_(*edge)
    return here < there if falls else here > there
