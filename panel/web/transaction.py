"""One transaction a request: committed before the answer is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from panel.extensions import db


@contextmanager
def transaction() -> Iterator[Session]:
    """The request's session; commits at the end of the block, rolls back on any exception."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def let_go() -> None:
    """End the transaction that reading began, before something slow."""
    db.session.commit()
