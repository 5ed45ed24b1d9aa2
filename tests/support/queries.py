"""What is asked of the database: how many questions, and how it goes about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that run within the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def at_most(most: int, engine: Engine) -> Iterator[None]:
    """Fail when the block runs more than `most` statements."""
    with counted(engine) as statements:
        yield
    assert len(statements) <= most, "\n".join(statements)


def plan_of(engine: Engine, ask: Callable[[Session], object]) -> str:
    """How the database goes about what is asked: a row of its plans a line."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    with Session(engine) as session:
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask(session)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        verb = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        run = session.connection().exec_driver_sql
        rows = [row for statement, values in asked for row in run(f"{verb} {statement}", values)]
    return "\n".join(map(str, rows))
