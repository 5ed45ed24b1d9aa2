"""The database's ground: declarative base, column types, SQLite's habits. SQLAlchemy only."""

from __future__ import annotations

import enum
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    SQLColumnExpression,
    String,
    and_,
    event,
)
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def ordered_text(length: int) -> String:
    """Text that sorts by its code points on both databases, so that an index finds a beginning."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def folded(text: str, length: int = 100) -> str:
    """A text as it is searched for, whatever its case and width: databases differ in that."""
    return unicodedata.normalize("NFKC", text).casefold()[:length]


def begins(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """An ordered text begins with that: as a range, which an index answers."""
    return and_(column >= text, column < text + "\U0010ffff")


def libpq_uri(url: URL) -> str:
    """A PostgreSQL URL as libpq reads it (34.1.1.2): one word without blanks and `#`.

    SQLAlchemy leaves blanks of a password as they are, which libpq and psycopg refuse; servers
    that split their settings at blanks would cut it.
    """
    uri = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return uri.replace(" ", "%20")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC: SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(states: type[enum.Enum]) -> list[str]:
    return [str(state.value) for state in states]


BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; on SQLite the type must be INTEGER to be the row's own number."""

PrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]


class Base(DeclarativeBase):
    """Base of every table."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            str: String(255),
            enum.StrEnum: Enum(
                enum.StrEnum,
                native_enum=False,
                create_constraint=True,
                length=20,
                values_callable=_values,
            ),
        },
    )


@event.listens_for(Engine, "connect")
def _tune_sqlite(connection: Any, _record: Any) -> None:
    """WAL, foreign keys and a busy timeout on every SQLite connection.

    WAL is what lets Postfix read while the panel writes; synchronous=FULL makes a commit survive
    a power cut, not only a killed process.
    """
    if not type(connection).__module__.startswith("sqlite3"):
        return
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
